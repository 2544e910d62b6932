"""64 bits of what identifies an event: how duplicates and conflicts are looked for.

Equal identities have equal fingerprints. Different ones may have, so that a match is a
reason to look at the rows themselves and no more.
"""

import sys
from collections.abc import Iterable, Sequence
from hashlib import blake2b

_DASHES = (8, 13, 18, 23)
_LENGTH = 36
"""Characters of a UUID."""


def fingerprints(ids: Sequence[str | None], places: Iterable[tuple[str, int]]) -> list[int]:
    """Return the fingerprints of events: of their ids, or of their places where the id is empty.

    A place is an object's key and which record of it the event is.
    """
    quick = _of_uuids(ids) if None not in ids else None  # type: ignore[arg-type]  # none is None
    if quick is not None:
        return quick
    return [
        _of_id(one) if one else _of_place(*place) for one, place in zip(ids, places, strict=True)
    ]


def _of_uuids(ids: Sequence[str]) -> list[int] | None:
    """Return the first half of each UUID; None if one of the ids is written in another way."""
    text = "".join(ids)
    if set(map(len, ids)) != {_LENGTH} or text.count("-") != len(_DASHES) * len(ids):
        return None
    if any(text[place::_LENGTH] != "-" * len(ids) for place in _DASHES):
        return None
    try:
        halves = memoryview(bytes.fromhex(text.replace("-", ""))).cast("Q")[::2]
    except ValueError:
        return None
    return halves.tolist()


def _of_id(text: str) -> int:
    alone = _of_uuids([text])
    return alone[0] if alone else _hashed(f"id:{text}")


def _of_place(key: str, index: int) -> int:
    return _hashed(f"place:{index}:{key}")


def _hashed(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), sys.byteorder)
