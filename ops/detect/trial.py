"""Rules tried on their events in SQL: a history of these events alone, on disk for as long."""

import json
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from uuid import NAMESPACE_OID, uuid5

from ops.archive.opening import open_events
from ops.detect.columns import COLUMNS
from ops.errors import StoreError
from ops.history.collect import Request, collect
from ops.history.store import existing, open_store
from ops.query import dialect, rendering
from ops.query.catalog import VIEWS
from ops.query.files import found
from ops.query.local import Local
from ops.query.window import Window
from ops.rules.examples import Example
from ops.rules.rule import Correlation, Detection
from ops.rules.sql import literal
from ops.rules.targets import Renderer


class Bench:
    """Every rule's events, each under an id of its own, and an engine over them."""

    def __init__(self, examples: Mapping[str, Sequence[Example]]) -> None:
        """Collect the events of rules, by the rules' files."""
        with ExitStack() as undo:
            scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="atalaya-rules-")))
            records = [
                {**record, "eventID": _id(file, one, nth)}
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
        if not isinstance(rule, Correlation):
            return {names[one] for one in self._answered(rule, names)}
        lines = set()
        for one in examples:  # each line is a history of its own
            some = [name for name, line in names.items() if line == one.line]
            lines |= {one.line} if self._answered(rule, some) else set()
        return lines

    def _answered(self, rule: Detection, names: Iterable[str]) -> set[str]:
        only = f"event_id IN ({', '.join(map(literal, names))})"
        text = Renderer(COLUMNS).sql(rule, only=only)
        tree = dialect.parsed(text, source=rule.said.file, views=VIEWS)
        answer = self._local.run(rendering.duckdb(tree, {}), limit=None)
        place = answer.columns.index("event_id")
        return {str(row[place]) for row in answer.rows}

    def __enter__(self) -> "Bench":
        """Begin to try."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Forget the events."""
        self._undo.close()


def _id(file: str, example: Example, nth: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{file}:{example.line}:{nth}"))
