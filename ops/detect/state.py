"""What an earlier run has looked at and told, so that the next one tells only what is new.

The unit is a run of `ops collect`, not the time of an event: a log that arrives late is
looked at when it arrives. A run that was still collecting when it was looked at has more
objects the next time, and is looked at again. What was told once is never told again.

The file is written whole. When the findings go to a file, too, the state says first what
will be written there; so a process that is killed between the two is understood later.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops import whole
from ops.detect.columns import COLUMNS
from ops.detect.finding import rule_identity
from ops.errors import PatternError, Refusal, StoreError
from ops.query.model import Engine, Statement
from ops.rules.rule import Detection
from ops.rules.targets import Renderer

FORMAT = "atalaya.detect-state/1"
_RUNS = "SELECT run, collected_at, count(*) FROM manifest GROUP BY run, collected_at ORDER BY 2, 1"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `ops collect`, as far as it has come."""

    name: str
    at: datetime
    objects: int


@dataclass(frozen=True, slots=True)
class State:
    """What was looked at, and what was told."""

    store: str = ""
    """What tells the store from others."""
    runs: Mapping[str, int] = field(default_factory=dict)
    """How many objects of each run of `ops collect` there were."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """The version of each rule that looked at all of them, and all of whose findings were told."""
    told: frozenset[str] = frozenset()
    """The ids of all findings."""

    def new(self, runs: Sequence[Run]) -> list[Run]:
        """Return the runs that hold what was not looked at."""
        return [one for one in runs if self.runs.get(one.name, 0) != one.objects]

    def knows(self, rule: Detection) -> bool:
        """Whether a rule looked at all that was looked at, as it is now, and told all of it."""
        return self.rules.get(_key(rule)) == version(rule)

    def after(
        self, store: str, runs: Sequence[Run], rules: Sequence[Detection], told: Sequence[str]
    ) -> "State":
        """Return what is to be known next time."""
        return State(
            store,
            {one.name: one.objects for one in runs},
            {_key(one): version(one) for one in rules},
            self.told | frozenset(told),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"format": FORMAT, "store": self.store, "runs": dict(self.runs),
                "rules": dict(self.rules), "told": sorted(self.told)}  # fmt: skip


def runs(engine: Engine) -> list[Run]:
    """Return the runs of `ops collect` that a store holds objects of."""
    rows: Any = engine.run(Statement(_RUNS, {}), limit=None).rows
    return [Run(*row) for row in rows]


def collected(found: Sequence[Run]) -> str:
    """Return the condition for the events that these runs collected."""
    times = sorted({one.at.astimezone(UTC).replace(tzinfo=None) for one in found})
    listed = ", ".join(f"CAST('{one}' AS TIMESTAMP)" for one in times)
    return f"coalesce(collected_at IN ({listed}), false)" if times else "false"


def version(rule: Detection) -> str:
    """Return a hash of what a rule looks for, its site lists filled in."""
    try:
        text = Renderer(COLUMNS).sql(rule)
    except (Refusal, PatternError) as refusal:
        text = str(refusal)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def load(path: Path, store: str) -> State:
    """Return what a file says, nothing if there is none; raise StoreError if it is no state of a store."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found, pending = _read(data), data.get("pending")
        if pending is not None and _sum(Path(pending["output"])) == pending["sha256"]:
            found = _read(pending["then"])
    except FileNotFoundError:
        return State(store)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"--state {path} is no state of ops detect: {error}",
            hint="name another file, or remove it to look at everything again",
        ) from error
    if found.store != store:
        raise StoreError(
            f"--state {path} is of another store.", hint="keep one file for each store"
        )
    return found


def promise(path: Path, old: State, new: State, output: Path, content: bytes) -> None:
    """Write that `new` holds as soon as `output` has this content; raise StoreError."""
    pending = {"output": str(output.absolute()), "sha256": hashlib.sha256(content).hexdigest(),
               "then": new.as_json()}  # fmt: skip
    _write(path, old.as_json() | {"pending": pending})


def save(path: Path, new: State) -> None:
    """Write a state; raise StoreError."""
    _write(path, new.as_json())


def _write(path: Path, data: Mapping[str, Any]) -> None:
    try:
        whole.write(path, f"{json.dumps(data)}\n".encode())
    except OSError as error:
        raise StoreError(f"--state {path} cannot be written: {error.strerror}") from error


def _read(data: Mapping[str, Any]) -> State:
    if data["format"] != FORMAT:
        raise ValueError(f"its format is {data['format']!r}")
    return State(
        str(data["store"]), dict(data["runs"]), dict(data["rules"]), frozenset(data["told"])
    )


def _sum(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _key(rule: Detection) -> str:
    return "/".join(rule_identity(rule))
