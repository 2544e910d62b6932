"""A runbook: a question with its answer's SQL, in one file that anybody can read.

The file begins with a comment that holds YAML; what follows is one SELECT in the
runbooks' language. Every mistake in it is reported with file and field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ops.errors import UsageError
from ops.query import parameters
from ops.query.model import Value
from ops.query.parameters import Parameter, Type
from ops.query.window import Window

if TYPE_CHECKING:
    from sqlglot import exp

SHIPPED = Path(__file__).parent / "runbooks"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE = re.compile(r"\s*/\*(.*?)\*/(.*)", re.DOTALL)
FIELDS = {
    "name": "Its name, which is the file's; required",
    "title": "What it is about, in a line; required",
    "question": "What it asks, in a few; required",
    "columns": "What each column of the answer means, in the answer's order; required",
    "params": "What it must be told: a list of {name, type, meaning, required, default}",
    "tags": "MITRE ATT&CK techniques, CIS controls, and words",
    "next": "What to ask then: a list of {runbook, params: {parameter: column}}",
    "rules": "Rules that watch for the same thing",
    "since": "How far back it looks if nobody says, counted from the history's end: 1d",
    "looks_back": "The parameter that says how many days before that it reads, to compare with",
    "view": "How its answer is best looked at: table, timeline, histogram or tree",
    "athena": "SQL for Athena alone, where one text cannot serve both",
    "number": "Its number among the canonical questions",
}
"""The fields of a runbook's header."""
_MOST_DAYS = 36_500
"""How far a runbook may look back to compare: a century."""
_NEEDED = ("name", "title", "question", "columns")
VIEWS = ("table", "timeline", "histogram", "tree")


@dataclass(frozen=True, slots=True)
class Next:
    """What to ask after this, and which of its parameters a row's columns fill."""

    runbook: str
    params: Mapping[str, str]
    """Parameter to column."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """A question that can be asked of any history."""

    name: str
    title: str
    question: str
    sql: str
    columns: Mapping[str, str]
    """What each column of the answer means, in the answer's order."""
    params: tuple[Parameter, ...] = ()
    tags: tuple[str, ...] = ()
    """MITRE ATT&CK techniques, CIS controls, and words."""
    next: tuple[Next, ...] = ()
    rules: tuple[str, ...] = ()
    """Rules that watch for the same thing."""
    number: int | None = None
    """Its number among the canonical questions."""
    looks_back: str | None = None
    """The parameter of type int that says how many days before `since` it looks at, too."""
    since: str | None = None
    """How far back it looks where nobody says; all of a local history without it."""
    view: str = "table"
    """How the answer is best looked at."""
    athena: str | None = None
    """Its SQL for Athena, where one text cannot serve both."""
    path: Path | None = None

    def tree(self, dialect_name: str, views: tuple[str, ...]) -> "exp.Query":
        """Return its SQL as a checked tree; raise UsageError with what is wrong."""
        from ops.query import dialect

        text = self.athena if dialect_name == "athena" and self.athena else self.sql
        tree = dialect.parsed(text, source=str(self.path or self.name), views=views)
        self._check(tree, dialect.parameters(tree))
        return tree

    def looked_at(self, asked: Window, values: Mapping[str, Value]) -> Window:
        """Return the time whose events it reads: the one asked about, and what went before.

        Raises UsageError for a number of days that is none.
        """
        days = values[self.looks_back] if self.looks_back else None
        if not isinstance(days, int):
            return asked
        if not 0 <= days <= _MOST_DAYS:
            raise UsageError(f"{self.looks_back}={days}: days are from 0 to {_MOST_DAYS}.")
        return asked.widened(days)

    def _check(self, tree: "exp.Query", named: frozenset[str]) -> None:
        where = self.path or self.name
        declared = {*(one.name for one in self.params), *parameters.ALWAYS}
        if named - declared:
            raise UsageError(f"{where}: params: {min(named - declared)} is not among them.")
        columns = list(tree.named_selects)
        if columns != list(self.columns):
            raise UsageError(
                f"{where}: columns: the answer has {', '.join(columns)}; "
                f"described are {', '.join(self.columns)}."
            )


@cache
def names() -> tuple[str, ...]:
    """Return the names of the runbooks that come with ops, sorted."""
    return tuple(sorted(one.stem for one in SHIPPED.glob("*.sql")))


def found(name: str) -> Runbook:
    """Return a runbook by its name, or by the path of a file; raise UsageError if there is none."""
    if name.endswith(".sql"):
        return load(Path(name))
    if NAME.fullmatch(name) and name in names():
        return load(SHIPPED / f"{name}.sql")
    raise UsageError(
        f"There is no runbook {name!r}.",
        hint="list them with: ops runbooks; a file of yours is named with its ending: ./mine.sql",
    )


def load(path: Path) -> Runbook:
    """Read a runbook's file; raise UsageError with file and field if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    parts = _FILE.fullmatch(text)
    if parts is None:
        raise UsageError(f"{path}: must begin with /* YAML */, then one SELECT.")
    try:
        header = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise UsageError(
            f"{path}: its header is no YAML: {' '.join(str(error).split())}"
        ) from error
    return _Header(path, header).runbook(parts[2].strip())


class _Header:
    """The YAML of a runbook, read field by field."""

    def __init__(self, path: Path, data: object) -> None:
        self._path = path
        if not isinstance(data, dict):
            raise self._wrong("its header", "must be a mapping of fields to values")
        for field in data:
            if field not in FIELDS:
                raise self._wrong(str(field), "no such field")
        for field in _NEEDED:
            if field not in data:
                raise self._wrong(field, "is required")
        self._data: dict[str, Any] = data

    def runbook(self, sql: str) -> Runbook:
        """Return the runbook."""
        name = self._text("name")
        if name != self._path.stem or NAME.fullmatch(name) is None:
            raise self._wrong("name", f"must be the file's own: {self._path.stem}")
        params = tuple(self._parameter(nth, one) for nth, one in enumerate(self._list("params")))
        return Runbook(
            name=name, title=self._text("title"), question=self._text("question"), sql=sql,
            columns=self._texts("columns"), params=params,
            tags=tuple(map(str, self._list("tags"))),
            next=tuple(self._next(nth, one) for nth, one in enumerate(self._list("next"))),
            rules=tuple(map(str, self._list("rules"))),
            number=self._data.get("number"), looks_back=self._looks_back(params),
            since=self._data.get("since"), view=self._one_of("view", VIEWS, "table"),
            athena=self._data.get("athena"), path=self._path,
        )  # fmt: skip

    def _parameter(self, nth: int, data: Any) -> Parameter:
        field = f"params[{nth}]"
        known = {"name", "type", "meaning", "required", "default"}
        if not isinstance(data, dict) or not {"name", "type"} <= set(data) <= known:
            raise self._wrong(
                field,
                f"must have name and type, and may have {', '.join(sorted(known - {'name', 'type'}))}",
            )
        name, kind = str(data["name"]), data["type"]
        if parameters.NAME.fullmatch(name) is None or name in parameters.ALWAYS:
            raise self._wrong(
                f"{field}.name",
                "must be a word of a-z, 0-9 and _; since and until are always there",
            )
        if kind not in parameters.TYPES:
            raise self._wrong(f"{field}.type", f"must be one of {', '.join(parameters.TYPES)}")
        default = data.get("default")
        typed: Type = kind
        return Parameter(
            name, typed, str(data.get("meaning", "")), data.get("required") is True,
            None if default is None else str(default),
        )  # fmt: skip

    def _next(self, nth: int, data: Any) -> Next:
        if not isinstance(data, dict) or set(data) - {"params"} != {"runbook"}:
            raise self._wrong(f"next[{nth}]", "must have runbook, and may have params")
        return Next(
            str(data["runbook"]),
            {str(key): str(one) for key, one in (data.get("params") or {}).items()},
        )

    def _looks_back(self, params: tuple[Parameter, ...]) -> str | None:
        name = self._data.get("looks_back")
        if name is not None and not any(one.name == name and one.type == "int" for one in params):
            raise self._wrong("looks_back", "must name a parameter of type int")
        return name

    def _text(self, field: str) -> str:
        value = self._data[field]
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(field, "must be a text")
        return " ".join(value.split())

    def _texts(self, field: str) -> dict[str, str]:
        value = self._data[field]
        if (
            not isinstance(value, dict)
            or not value
            or not all(isinstance(one, str) for one in value.values())
        ):
            raise self._wrong(field, "must be a mapping of names to texts")
        return {str(key): one for key, one in value.items()}

    def _list(self, field: str) -> list[Any]:
        value = self._data.get(field, [])
        if not isinstance(value, list):
            raise self._wrong(field, "must be a list")
        return value

    def _one_of(self, field: str, choices: tuple[str, ...], default: str) -> str:
        value = self._data.get(field, default)
        if value not in choices:
            raise self._wrong(field, f"must be one of {', '.join(choices)}")
        return str(value)

    def _wrong(self, field: str, words: str) -> UsageError:
        return UsageError(f"{self._path}: {field}: {words}.")
