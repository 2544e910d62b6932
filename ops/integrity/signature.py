"""RSASSA-PKCS1-v1_5 with SHA-256, exactly: the one signature CloudTrail makes.

The algorithm is fixed here and never taken from the file or from the signature
itself; a verifier that does so can be handed an MD5 signature.
"""

import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+", re.ASCII)
_LEAST_BITS = 2048
_LEAST_EXPONENT = 65537


class WeakKeyError(ValueError):
    """A public key cannot be read, or is not one CloudTrail would sign with."""


@lru_cache(maxsize=256)
def load(der: bytes) -> rsa.RSAPublicKey:
    """Read a DER public key, PKCS#1 or SubjectPublicKeyInfo; raise WeakKeyError.

    AWS documents PKCS#1, warns that this may change, and publishes samples of both.
    """
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise WeakKeyError(f"not a DER public key: {error}") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise WeakKeyError("not an RSA key")
    if key.key_size < _LEAST_BITS:
        raise WeakKeyError(f"RSA-{key.key_size}: anyone could forge its signatures")
    if key.public_numbers().e < _LEAST_EXPONENT:
        raise WeakKeyError(f"its exponent is {key.public_numbers().e}, CloudTrail's is 65537")
    return key


def decoded(text: str) -> bytes | None:
    """Return a hexadecimal signature's bytes, either case; None if it is none."""
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def matches(der: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is the key's over `message`; raise WeakKeyError."""
    key = load(der)
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
