"""Chance that comes out the same every time, and ids in the forms AWS gives them.

Every part of a history draws from dice of its own, named by what they are for,
so that one hour can be made without the hours before it.
"""

import base64
import hashlib
import random
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")


class Dice(random.Random):
    """A random source named by text: equal names give equal draws on every machine."""

    def __init__(self, *name: object) -> None:
        digest = hashlib.sha256("\x1f".join(map(str, name)).encode()).digest()
        super().__init__(int.from_bytes(digest[:16], "big"))

    def hex(self, length: int) -> str:
        """Return lower-case hex digits."""
        return f"{self.getrandbits(4 * length):0{length}x}"

    def uuid(self) -> str:
        """Return an id in the form of event and request ids."""
        text = "%032x" % self.getrandbits(128)  # noqa: UP031 (twice as fast)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def upper(self, length: int) -> str:
        """Return upper-case letters and digits, as S3's request ids."""
        return f"{self.getrandbits(4 * length):0{length}X}"

    def letters(self, length: int) -> str:
        """Return letters and digits, as in a log file's name; at most 120."""
        text = base64.b64encode(self.randbytes(90), b"zq").decode()
        return text[:length]

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return self.random() < probability

    def some(self, mean: float) -> int:
        """Return a whole number whose mean is this one."""
        whole = int(mean)
        return whole + (self.random() < mean - whole)


@lru_cache(maxsize=4096)
def principal_id(kind: str, *name: object) -> str:
    """Return the unique id of an IAM entity: 21 characters that begin with its kind.

    Kinds are AIDA (user), AROA (role), AKIA (long-term key), ASIA (temporary
    key); keys are 20 characters long. Source: IAM User Guide, "Unique identifiers".
    """
    digest = hashlib.sha256("\x1f".join(map(str, (kind, *name))).encode()).digest()
    length = 20 if kind in ("AKIA", "ASIA") else 21
    return (kind + base64.b32encode(digest).decode())[:length]


def fixed(length: int, *name: object) -> str:
    """Return hex digits that belong to a name for ever, as in `i-0123…`."""
    return hashlib.sha256("\x1f".join(map(str, name)).encode()).hexdigest()[:length]


def pick(items: Sequence[Item], *name: object) -> Item:
    """Return the one of some items that belongs to a name for ever."""
    digest = hashlib.sha256("\x1f".join(map(str, name)).encode()).digest()
    return items[int.from_bytes(digest[:8], "big") % len(items)]
