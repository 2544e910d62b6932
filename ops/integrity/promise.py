"""What proven digests say of their predecessors, kept until the walk comes to them."""

from dataclasses import dataclass, replace

from ops.integrity.causes import CAUSES
from ops.integrity.digest import Digest
from ops.integrity.judge import Judged


@dataclass(frozen=True, slots=True)
class Promise:
    """What a proven digest says of its predecessor."""

    hash: bytes | None
    signature: str
    by: str


class Promises:
    """The words of successors, each until the digest it is about turns up."""

    def __init__(self) -> None:
        self._made: dict[str, Promise] = {}

    def make(self, digest: Digest, key: str) -> None:
        """Keep what a proven digest says; the first to say something is believed."""
        if digest.previous is not None:
            promise = Promise(digest.previous.hash, digest.previous.signature, key)
            self._made.setdefault(digest.previous.key, promise)

    def kept(self, judged: Judged) -> Judged:
        """Return the verdict after what a proven successor said about these bytes.

        A verdict that it overrules leaves its reason in `detail`.
        """
        promise = self._made.pop(judged.key, None)
        if promise is None or promise.hash is None:
            return judged
        judged = replace(judged, promised=promise.hash)
        if not judged.hash or (judged.cause is not None and not judged.rescue):
            return judged
        if promise.hash != judged.hash:
            return replace(judged, cause="link-hash", detail=f"named by {promise.by}")
        if judged.cause is None:
            return judged
        told = f"{CAUSES[judged.cause].phrase}; {promise.by} proves it"
        return replace(judged, cause=None, signature=promise.signature, detail=told)
