"""The key pairs with which the lab signs digest files, as CloudTrail does.

One RSA-2048 pair per region and 30 days, made when first needed. The server
publishes what lies in the directory and the delivery signs with it: the files
are the only thing they share.

Sources: CloudTrail User Guide, "CloudTrail digest file structure"; API
Reference, "ListPublicKeys" and "PublicKey" (DER in PKCS #1, MD5 fingerprint).
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

DIRECTORY = "keys"
"""Where in a lab's directory its key pairs lie."""
VALIDITY = timedelta(days=30)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A signing key of one region, valid in [start, end)."""

    private: rsa.RSAPrivateKey
    region: str
    start: datetime
    end: datetime

    @property
    def der(self) -> bytes:
        """The public key in PKCS #1 DER: the `Value` of ListPublicKeys."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    @property
    def fingerprint(self) -> str:
        """MD5 of the DER in hex; names the key, secures nothing."""
        return hashlib.md5(self.der, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All key pairs of a lab: one PEM file each, readable by their owner only."""

    directory: Path
    maker: Callable[[str], rsa.RSAPrivateKey] = field(default=lambda _: _random())
    """Makes the key of a name, `REGION/START`; at random unless told otherwise."""

    def at(self, region: str, moment: datetime) -> KeyPair:
        """Return the pair that signs in a region at a moment; make it if need be."""
        return self.issued(region, _start(moment))

    def issued(self, region: str, start: datetime) -> KeyPair:
        """Return the pair of a region that is valid from a moment on; make it if need be.

        Validities may overlap, as those of CloudTrail's keys do.
        """
        path = self.directory / region / f"{start:{_STAMP}}.pem"
        if not path.exists():
            _make(path, self.maker(f"{region}/{start:{_STAMP}}"))
        return _load(path)

    def holding(self, fingerprint: str) -> KeyPair | None:
        """Return the pair of a fingerprint, whatever its region; None if it is not here."""
        pairs = (_load(path) for path in sorted(self.directory.glob("*/*.pem")))
        return next((pair for pair in pairs if pair.fingerprint == fingerprint), None)

    def published(self, region: str, since: datetime, until: datetime) -> list[KeyPair]:
        """Return the pairs of a region valid at some time in [since, until], oldest first.

        A pair nobody needed yet does not exist, except the current one.
        """
        current = _start(datetime.now(UTC))
        if current <= until and since < current + VALIDITY:
            self.at(region, current)
        pairs = (_load(path) for path in self._paths(region))
        return [pair for pair in pairs if pair.start <= until and since < pair.end]

    def _paths(self, region: str) -> Iterator[Path]:
        yield from sorted((self.directory / region).glob("*.pem"))


def _start(moment: datetime) -> datetime:
    """Return when the key that is valid at a moment began to be."""
    return _EPOCH + (moment - _EPOCH) // VALIDITY * VALIDITY


def _random() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _make(path: Path, private: rsa.RSAPrivateKey) -> None:
    """Write a new pair; of two processes at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    draft = path.with_suffix(f".{uuid.uuid4().hex}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _load(path: Path) -> KeyPair:
    start = datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC)
    private = load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    return KeyPair(cast("rsa.RSAPrivateKey", private), path.parent.name, start, start + VALIDITY)
