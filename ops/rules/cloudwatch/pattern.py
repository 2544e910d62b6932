"""What a filter pattern says, as a tree, and the one way to write it down again.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters".
"""

from dataclasses import dataclass
from typing import Literal

LONGEST = 1024
"""Characters of a pattern. Source: CloudWatch Logs API, PutMetricFilter."""
REGEXES = 2
"""Regular expressions in one pattern. Source: CloudWatch Logs User Guide, "Supported regular expressions"."""

Sign = Literal["=", "!=", "<", ">", "<=", ">="]


@dataclass(frozen=True, slots=True)
class Selector:
    """The way to a value: keys, and places in lists from 0."""

    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        """Return it as it is written."""
        return "$" + "".join(
            f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.steps
        )


@dataclass(frozen=True, slots=True)
class Word:
    """A text, with anything before or after it if it is open there."""

    text: str
    open_before: bool = False
    open_after: bool = False

    def fits(self, text: str) -> bool:
        """Whether a text is one that is meant. Letters of another case are others."""
        if self.open_before and self.open_after:
            return self.text in text
        if self.open_before:
            return text.endswith(self.text)
        return text.startswith(self.text) if self.open_after else text == self.text

    def __str__(self) -> str:
        """Return it as it is written."""
        if self == ANYTHING:
            return "*"
        inside = self.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{"*" * self.open_before}{inside}{"*" * self.open_after}"'


ANYTHING = Word("", open_before=True, open_after=True)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression, found anywhere in a text."""

    text: str

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"%{self.text}%"


@dataclass(frozen=True, slots=True)
class Compared:
    """A value against a text, an expression or a number."""

    selector: Selector
    sign: Sign
    value: Word | Regex | float

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.selector} {self.sign} {self.value}"


@dataclass(frozen=True, slots=True)
class Is:
    """A value that is null, true or false."""

    selector: Selector
    value: Literal["NULL", "TRUE", "FALSE"]

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.selector} IS {self.value}"


@dataclass(frozen=True, slots=True)
class NotExists:
    """A value that is not there."""

    selector: Selector

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.selector} NOT EXISTS"


Condition = Compared | Is | NotExists


@dataclass(frozen=True, slots=True)
class All:
    """All of some: `&&`."""

    parts: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Any of some: `||`."""

    parts: tuple["Pattern", ...]


Pattern = All | Any | Condition


def written(pattern: Pattern) -> str:
    """Return a pattern's text: parentheses where they are needed, every text in quotes."""
    return f"{{ {_inner(pattern)} }}"


def expressions(pattern: Pattern) -> int:
    """Return how many regular expressions a pattern holds."""
    if isinstance(pattern, All | Any):
        return sum(expressions(one) for one in pattern.parts)
    return int(isinstance(pattern, Compared) and isinstance(pattern.value, Regex))


def _inner(pattern: Pattern) -> str:
    match pattern:
        case All():
            return " && ".join(_part(one) for one in pattern.parts)
        case Any():
            return " || ".join(_part(one, bare=isinstance(one, All)) for one in pattern.parts)
        case _:
            return str(pattern)


def _part(pattern: Pattern, *, bare: bool = False) -> str:
    text = _inner(pattern)
    return f"({text})" if isinstance(pattern, All | Any) and not bare else text
