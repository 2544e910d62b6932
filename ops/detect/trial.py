"""Rules tried on their events in SQL: a history of these events alone, on disk for as long."""

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from uuid import NAMESPACE_OID, uuid5

from ops.archive.opening import open_events
from ops.detect.columns import COLUMNS
from ops.errors import Refusal, StoreError
from ops.history.collect import Request, collect
from ops.history.store import existing, open_store
from ops.query import dialect, rendering
from ops.query.catalog import VIEWS
from ops.query.files import found
from ops.query.local import Local
from ops.query.model import Answer
from ops.query.window import Window
from ops.rules import sql
from ops.rules.examples import Example
from ops.rules.predicate import Record
from ops.rules.rule import Correlation, Detection, Rule
from ops.rules.targets import Renderer

_Condition = tuple[tuple[str, str], str]
"""A rule's file and name, and its condition."""
_TOGETHER = 5
"""Rules whose conditions are asked in one question."""

_APART = timedelta(days=100)


class Bench:
    """Every rule's events, each under an id of its own, and an engine over them."""

    def __init__(
        self, rules: Sequence[Detection], examples: Mapping[str, Sequence[Example]]
    ) -> None:
        """Collect the events of rules, by the rules' files."""
        self._single = [one for one in rules if isinstance(one, Rule)]
        with ExitStack() as undo:
            scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="atalaya-rules-")))
            counted = {one.said.file for one in rules if isinstance(one, Correlation)}
            records = [
                {
                    **(_apart(record, one) if file in counted else record),
                    "eventID": _id(file, one, nth),
                }
                for file, some in examples.items()
                for one in some
                for nth, record in enumerate(one.records)
            ]
            logs = scratch / "logs"
            logs.mkdir()
            (logs / "events.json").write_text(json.dumps({"Records": records}), encoding="utf-8")
            store = scratch / "store"
            outcome = collect(open_events(str(logs), zone=None, expected_owner=None), open_store(str(store)),
                              Request(now=datetime.now(UTC), workers=1, allow_empty=True))  # fmt: skip
            if outcome.counts.quarantined:
                raise StoreError(
                    f"{outcome.counts.quarantined} of the rules' events are no records.",
                    hint="a record has at least eventTime, eventSource and eventName",
                )
            self._local = undo.enter_context(Local(found(existing(str(store)), Window()), Window()))
            self._undo = undo.pop_all()

    def lines(self, rule: Detection, examples: Sequence[Example]) -> Collection[int]:
        """Return the lines in which a rule's SQL finds something; raise Refusal."""
        names = {_id(rule.said.file, one, nth): one.line
                 for one in examples for nth in range(len(one.records))}  # fmt: skip
        if isinstance(rule, Rule):
            sql.condition(rule.predicate, COLUMNS)
            return {names[one] for one in self._held[rule.said.file, rule.said.name] & {*names}}
        only = f"event_id IN ({', '.join(map(sql.literal, names))})"
        answer = self._asked(Renderer(COLUMNS).sql(rule, only=only))
        place = answer.columns.index("event_id")
        return {names[str(row[place])] for row in answer.rows}

    @cached_property
    def _held(self) -> dict[tuple[str, str], set[str]]:
        """The ids of the events that each rule's condition holds for, of rules that SQL can express."""
        found: dict[tuple[str, str], set[str]] = {}
        for some in _parted(list(self._expressible())):
            answer = self._asked("\nUNION ALL\n".join(
                f"SELECT {nth} AS rule, event_id FROM events WHERE {condition}"  # noqa: S608  # ours
                for nth, (_, condition) in enumerate(some)))  # fmt: skip
            found |= {key: {str(name) for rule, name in answer.rows if rule == nth}
                      for nth, (key, _) in enumerate(some)}  # fmt: skip
        return found

    def _expressible(self) -> Iterator[_Condition]:
        for one in self._single:
            with suppress(Refusal):
                yield (one.said.file, one.said.name), sql.condition(one.predicate, COLUMNS)

    def _asked(self, text: str) -> Answer:
        tree = dialect.parsed(text, source="the rules", views=VIEWS)
        return self._local.run(rendering.duckdb(tree, {}), limit=None)

    def __enter__(self) -> "Bench":
        """Begin to try."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Forget the events."""
        self._undo.close()


def _parted(found: list[_Condition]) -> Iterator[list[_Condition]]:
    for begin in range(0, len(found), _TOGETHER):
        yield found[begin : begin + _TOGETHER]


def _apart(record: Record, example: Example) -> Record:
    """Return a record at a time so far from those of other lines that no span holds both."""
    try:
        moment = datetime.fromisoformat(record["eventTime"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return record
    return {**record, "eventTime": f"{moment + example.line * _APART:%Y-%m-%dT%H:%M:%SZ}"}


def _id(file: str, example: Example, nth: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{file}:{example.line}:{nth}"))
