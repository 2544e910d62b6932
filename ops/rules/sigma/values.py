"""The values in a document of a Sigma file, each of the type it must be; mistakes name their line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.errors import RuleError
from ops.rules.sigma.written import line


def wrong(file: str, data: Any, problem: str, *keys: Any, hint: str = "") -> RuleError:
    """Return the error about what stands at some keys of a document."""
    number = None
    for key in keys:
        if not isinstance(data, Mapping):
            break
        number = line(data, key) or number
        data = data.get(key)
    where = ".".join(map(str, keys))
    return RuleError(f"{where}: {problem}" if where else problem, file, number, hint=hint)


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of a mapping, each of the type it must be; mistakes are RuleErrors."""

    file: str
    data: Mapping[Any, Any]
    path: tuple[str, ...] = ()
    root: Any = None

    def wrong(self, problem: str, *keys: str, hint: str = "") -> RuleError:
        """Return the error about some key."""
        root = self.data if self.root is None else self.root
        return wrong(self.file, root, problem, *self.path, *keys, hint=hint)

    def inside(self, key: str) -> "Fields":
        """Return the mapping at a key."""
        value = self.data[key]
        if not isinstance(value, Mapping):
            raise self.wrong("must be a mapping of keys to values", key)
        root = self.data if self.root is None else self.root
        return Fields(self.file, value, (*self.path, key), root)

    def known(self, keys: frozenset[str]) -> None:
        """Raise RuleError for a key that is none of some."""
        for key in self.data:
            if key not in keys:
                raise self.wrong(
                    "no such key", str(key), hint=f"there are {', '.join(sorted(keys))}"
                )

    def text(self, key: str, *, required: bool = False, longest: int = 20_000,
             one_of: tuple[str, ...] = ()) -> str:  # fmt: skip
        """Return a text; empty if there is none and none is required."""
        value = self.data.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise self.wrong("is required" if key not in self.data else "must be a text", key)
        if len(value) > longest:
            raise self.wrong(f"must have at most {longest:,} characters", key)
        if one_of and value not in one_of:
            raise self.wrong(f"must be one of {', '.join(one_of)}, not {value!r}", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single one stands for a list of it."""
        value = self.data.get(key)
        values = [] if value is None else value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in values):
            raise self.wrong("must be a list of texts", key)
        return tuple(values)

    def whole(self, key: str, default: int) -> int:
        """Return a whole number above 0."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong("must be a whole number above 0", key)
        return int(value)

    def pairs(self, key: str) -> dict[str, str]:
        """Return a mapping of texts to texts."""
        value = self.data.get(key, {})
        if not isinstance(value, Mapping) or not all(
            isinstance(one, str) for pair in value.items() for one in pair
        ):
            raise self.wrong("must be a mapping of texts to texts", key,
                             hint="a number stands in quotes")  # fmt: skip
        return dict(value)

    def choice(self, key: str, of: Callable[[Any], Any], default: Any) -> Any:
        """Return a member of an enumeration."""
        if key not in self.data and default is not None:
            return default
        value = self.data.get(key)
        try:
            return of(value)
        except ValueError as error:
            choices = ", ".join(str(one) for one in of)  # type: ignore[attr-defined]
            problem = "is required" if key not in self.data else f"must not be {str(value)[:60]!r}"
            raise self.wrong(problem, key, hint=f"one of {choices}") from error
