"""What can be had back: surviving versions of what was lost or changed, each verified.

A version counts as the original only by proof: its hash is the one that signed
bytes name, or, of a digest that no successor names, its own signature is right.
Anyone may write a version; which one is the newest says nothing.
"""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from ops import layout
from ops.archive.model import Archive, Fault, Object, Version
from ops.errors import ArchiveError
from ops.integrity import loghash
from ops.integrity.causes import CAUSES
from ops.integrity.finding import Finding, Kind, Verdict
from ops.integrity.judge import DigestJob, Judged
from ops.layout import DigestKey, Family, day_prefix

_MOST_LOOKUPS = 1_000
"""Lost or changed objects whose versions are looked up in one run."""
_MOST_TRIED = 20
"""Versions of one object that are read."""
_MOST_NAMED = 5
"""Versions that one finding names."""
_LIMIT_BYTES = 512 << 20
"""How long a version may be, compressed."""
_FOUND = {"log-missing": "log-recoverable", "digest-missing": "digest-recoverable",
          "digest-vanished": "digest-recoverable", "checkpoint-older": "digest-recoverable"}  # fmt: skip
"""What a loss becomes when the original survives."""
RECOVERABLE = frozenset(_FOUND.values())
_HEAD = "head-stale"
_DAYS = 3
"""Days after the newest digest that is there, in which deleted ones are looked for."""


@dataclass(frozen=True, slots=True)
class _Original:
    """A version that is proven to be what the key should hold."""

    key: str
    version: str
    judged: Judged | None = None
    """What it says, if it is a digest."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Looks for surviving versions in one archive."""

    archive: Archive
    job: DigestJob

    def told(self, findings: Sequence[Finding], pool: Executor) -> Iterator[Finding]:
        """Yield the findings, those of lost and changed objects with what survives of them."""
        wanted = islice((one for one in findings if _is_wanted(one)), _MOST_LOOKUPS)
        answers = {id(one): pool.submit(self._with_versions, one) for one in wanted}
        for one in findings:
            yield answers[id(one)].result() if id(one) in answers else one

    def _with_versions(self, one: Finding) -> Finding:
        try:
            if one.cause == _HEAD:
                return _recoverable(one, list(self._heads(one)), self.archive.source.bucket)
            surviving = self._surviving(one.key or "", lost=one.cause in _FOUND)
            originals = list(self._originals(one, surviving))
        except ArchiveError as error:
            return replace(one, hint=f"{one.hint}; its versions could not be read: {error}")
        if originals or not surviving:
            return _recoverable(one, originals, self.archive.source.bucket)
        ids = ", ".join(version.version_id for version in surviving[:_MOST_NAMED])
        none = f"of the versions {ids} none that can be read is the original"
        return replace(one, hint=f"{none}; {one.hint}")

    def _surviving(self, key: str, *, lost: bool) -> list[Version]:
        """Return the versions beside the one that was judged, newest first."""
        return [
            version
            for version in self.archive.versions(key)
            if version.key == key and not version.delete_marker and (lost or not version.latest)
        ]

    def _originals(self, one: Finding, surviving: Sequence[Version]) -> Iterator[_Original]:
        """Yield the original, and of several digests lost in a row those before it, too."""
        original = self._original(one.key or "", one.proof, surviving, one.kind)
        while original is not None:
            yield original
            digest = original.judged.digest if original.judged else None
            if digest is None or one.start is None or digest.start <= one.start:
                return
            previous = digest.previous
            if previous is None or previous.hash is None:
                return
            surviving = self._surviving(previous.key, lost=True)
            original = self._original(previous.key, previous.hash.hex(), surviving, Kind.DIGEST)

    def _heads(self, one: Finding) -> Iterator[_Original]:
        """Yield the deleted digests that came after the newest one that is there."""
        newest = layout.parse(one.key or "")
        if not isinstance(newest, DigestKey) or one.start is None or one.end is None:
            return
        days = min((one.end.date() - one.start.date()).days + 1, _DAYS)
        for day in (one.start.date() + timedelta(days=nth) for nth in range(days)):
            versions: dict[str, list[Version]] = defaultdict(list)
            for version in self.archive.versions(day_prefix(newest, Family.DIGEST, day)):
                place = layout.parse(version.key)
                if isinstance(place, DigestKey) and _follows(place, newest):
                    versions[version.key].append(version)
            for key, found in versions.items():
                if found[0].delete_marker:
                    surviving = [version for version in found if not version.delete_marker]
                    original = self._original(key, "", surviving, Kind.DIGEST)
                    yield from [original] if original else ()

    def _original(
        self, key: str, proof: str, surviving: Sequence[Version], kind: Kind
    ) -> _Original | None:
        for version in surviving[:_MOST_TRIED]:
            found = self._read(key, version)
            if kind is Kind.LOG:
                hashed = loghash.hash_log(key, found)
                if loghash.verdict(bytes.fromhex(proof), hashed) is None:
                    return _Original(key, version.version_id)
                continue
            judged = self.job(key, found)
            if judged.hash.hex() == proof if proof else judged.cause is None:
                return _Original(key, version.version_id, judged)
        return None

    def _read(self, key: str, version: Version) -> Object | Fault:
        try:
            return self.archive.get(key, limit=_LIMIT_BYTES, version=version.version_id)
        except Fault as fault:
            return fault


def _is_wanted(one: Finding) -> bool:
    if one.key is None:
        return False
    spoiled = one.verdict in (Verdict.INVALID, Verdict.MISSING)
    known = one.kind is Kind.DIGEST or (one.kind is Kind.LOG and bool(one.proof))
    return one.cause == _HEAD or (spoiled and known)


def _follows(place: DigestKey, newest: DigestKey) -> bool:
    return place.chain == newest.chain and place.end > newest.end and not place.backfill


def _recoverable(one: Finding, originals: Sequence[_Original], bucket: str) -> Finding:
    if not originals:
        return one
    named = [original.version for original in originals[:_MOST_NAMED]]
    told = f"version {named[0]} is the original"
    if len(originals) > 1:
        more = ", …" if len(originals) > len(named) else ""
        told = f"{len(originals)} originals survive, versions {', '.join(named)}{more}"
    cause = CAUSES[_FOUND.get(one.cause, one.cause)]
    detail = one.reason.removeprefix(CAUSES[one.cause].phrase).removeprefix(": ")
    first = [bucket, "--key", originals[0].key, "--version-id", originals[0].version, "FILE"]
    return replace(
        one,
        cause=cause.code,
        verdict=cause.verdict,
        reason=f"{cause.phrase}: {'; '.join(filter(None, [detail, told]))}",
        hint=f"get it back: aws s3api get-object --bucket {shlex.join(first)}",
    )
