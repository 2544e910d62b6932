"""Texts with gaps, `arn:*:role/Admin?`, matched without ever going back further than the last gap."""

from enum import Enum


class Gap(Enum):
    """What may stand in a gap."""

    RUN = "*"
    """Any characters, or none."""
    ONE = "?"
    """Any one character."""


Glob = tuple[str | Gap, ...]
"""Characters and gaps, in order."""


def parsed(text: str) -> Glob:
    r"""Return a text as Sigma reads it: `*` and `?` are gaps, a backslash makes them characters.

    A backslash before anything else but a backslash stands for itself.

    >>> parsed(r"a*\\*")
    ('a', <Gap.RUN: '*'>, '*')
    """
    found: list[str | Gap] = []
    place = 0
    while place < len(text):
        char, after = text[place], text[place + 1 : place + 2]
        if char == "\\" and after and after in "*?\\":
            found.append(after)
            place += 1
        else:
            found.append(Gap(char) if char in "*?" else char)
        place += 1
    return tuple(found)


def matches(glob: Glob, text: str) -> bool:
    """Whether a whole text fits. Takes time in proportion to both lengths, at worst their product."""
    place = at = 0
    run: int | None = None
    """Where the last run is in the glob, and `taken` what of the text comes after it."""
    taken = 0
    while at < len(text):
        here = glob[place] if place < len(glob) else None
        if here is Gap.RUN:
            run, taken = place, at
            place += 1
        elif here is Gap.ONE or here == text[at]:
            place, at = place + 1, at + 1
        elif run is not None:
            taken += 1
            place, at = run + 1, taken
        else:
            return False
    return all(one is Gap.RUN for one in glob[place:])
