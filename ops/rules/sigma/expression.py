"""Sigma's regular expressions, whose flags stand apart, as one text that every engine reads."""

import re
from collections.abc import Iterator

from ops.errors import RuleError

_INLINE = re.compile(r"\(\?([ims]+)\)")
_NAMES = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL"}
_ANY = r"(?:.|\n)"


def rewritten(text: str, flags: set[str]) -> tuple[str, bool]:
    """Return an expression without its flags, and whether letters of another case are others.

    Raise RuleError for a flag that the text cannot do without.
    """
    flags = set(flags)
    while begin := _INLINE.match(text):
        flags |= {_NAMES[one] for one in begin[1]}
        text = text[begin.end() :]
    tokens = list(_tokens(text))
    if "MULTILINE" in flags and any(one in ("^", "$") for one in tokens):
        raise RuleError(
            f"the regular expression {text!r} asks with the flag m for the edges of lines, "
            "which not every target knows"
        )
    if "DOTALL" in flags:
        text = "".join(_ANY if one == "." else one for one in tokens)
    return text, "IGNORECASE" not in flags


def _tokens(text: str) -> Iterator[str]:
    """Yield characters; what is escaped, and a class in [], is one."""
    place = 0
    while place < len(text):
        end = place + 2 if text[place] == "\\" else place + 1
        if text[place] == "[":
            end = _class_end(text, place)
        yield text[place:end]
        place = end


def _class_end(text: str, begin: int) -> int:
    place = begin + 1
    while place < len(text) and text[place] != "]":
        place += 2 if text[place] == "\\" else 1
    return place + 1
