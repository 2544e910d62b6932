"""Rules run over a history: what each of them finds, or why it cannot be run."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ops.detect import busy, plan
from ops.detect.columns import COLUMNS
from ops.detect.finding import Finding, identity, rule_identity
from ops.detect.kinds import Kinds, counted
from ops.detect.plan import EVERY, Search
from ops.errors import PatternError, QueryError, Refusal, UsageError
from ops.query import dialect, rendering, steps
from ops.query.catalog import VIEWS
from ops.query.local import Local, Rows
from ops.rules import sql
from ops.rules.rule import Correlation, Detection, Rule

_AT_ONCE = 1_000
"""Events that are looked up in one go."""
_ACTORS = ("user_arn", "user_principal_id", "user_name", "user_invoked_by", "user_type")
"""The columns that say who called, the best first."""
Cells = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NotRun:
    """A rule that was not run."""

    rule: str
    reason: str


@dataclass(slots=True)
class Scan:
    """Runs rules over an engine's events."""

    engine: Local
    options: Mapping[str, str]
    """What the commands of next steps go on with: `--store`."""
    most: int | None = None
    """How many findings of one rule are kept; None for all."""
    known: frozenset[str] = frozenset()
    """Ids of findings that are known: they are not found again."""
    findings: list[Finding] = field(default_factory=list)
    refused: list[NotRun] = field(default_factory=list)
    found: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """How many findings each rule has, those that were not kept included, by `rule_identity`."""
    failed: set[tuple[str, ...]] = field(default_factory=set)
    """The rules that the engine failed to answer, by `rule_identity`."""

    def told(self, rule: Detection) -> bool:
        """Whether all that a rule finds was kept; never, if the engine failed to answer it."""
        name = rule_identity(rule)
        return name not in self.failed and self._keeps(self.found[name])

    @property
    def dropped(self) -> int:
        """How many findings were not kept."""
        return sum(self.found.values()) - len(self.findings)

    def run(self, rules: Sequence[Detection], only: str = EVERY) -> None:
        """Look for rules in the events that a condition holds for.

        A correlation counts all events; it is asked if there are new ones for it to count.
        """
        kinds = counted(self.engine, only)
        searches = [one for rule in rules if isinstance(rule, Rule)
                    if (one := self._searched(rule, kinds))]  # fmt: skip
        for some in plan.passes(searches):
            self._search(some, only)
        self._correlate([one for one in rules if isinstance(one, Correlation)], kinds, only)

    def _searched(self, rule: Rule, kinds: Kinds) -> Search | None:
        try:
            return plan.searched(rule, kinds)
        except (Refusal, PatternError) as refusal:
            self._refuse(rule, refusal)
            return None

    def _search(self, searches: Sequence[Search], only: str) -> None:
        """Ask rules together; if that fails, one by one, to know which is to blame."""
        try:
            rows = self._asked(plan.text(searches, only))
        except (QueryError, UsageError) as error:
            if len(searches) == 1:
                self._fail(searches[0].rule, error)
                return
            for one in searches:
                self._search([one], only)
            return
        names = plan.inside([one.rule for one in searches])
        for cells in _each(rows):
            held = cells["held"]
            holding = zip(searches, held if isinstance(held, list) else [], strict=True)
            for rule in (one.rule for one, holds in holding if holds):
                if self._counts(rule, cells):
                    self.findings.append(self._finding(rule, cells, names))

    def _correlate(self, rules: Sequence[Correlation], new: Kinds, only: str) -> None:
        rules = [one for one in rules if plan.occurs(one, new)]
        kinds = new if only == EVERY or not rules else counted(self.engine, EVERY)
        bursts: list[tuple[Correlation, Cells]] = []
        for rule in rules:
            try:
                bursts += self._bursts(rule, kinds)
            except (Refusal, PatternError) as refusal:
                self._refuse(rule, refusal)
            except (QueryError, UsageError) as error:
                self._fail(rule, error)
        ids = {one for _, cells in bursts if (one := _text(cells["event_id"])) is not None}
        events = self._events(ids, [one for one, _ in bursts])
        names = plan.inside([one for one, _ in bursts])
        for rule, cells in bursts:
            event = events.get(_text(cells["event_id"]), {})
            self.findings.append(self._finding(rule, {**event, **cells}, names))

    def _bursts(self, rule: Correlation, kinds: Kinds) -> Iterator[tuple[Correlation, Cells]]:
        """Yield the bursts of a correlation that are kept."""
        more = self._busy(rule) if plan.meant(rule, kinds) >= busy.WORTH else EVERY
        for cells in _each(self._asked(plan.of_correlation(rule, kinds, more))):
            if self._counts(rule, cells):
                yield rule, cells

    def _busy(self, rule: Correlation) -> str:
        """Return the condition that an event is of somebody busy enough for a burst."""
        question = busy.question(rule)
        if question is None:
            return EVERY
        values = [str(cells["value"]) for cells in _each(self._asked(question))]
        named = len(values) <= busy.MOST and all(map(sql.writable, values))
        return busy.condition(rule, values) if named else EVERY

    def _events(self, ids: set[str], rules: Sequence[Detection]) -> dict[str | None, Cells]:
        """Return events by their ids."""
        wanted = sorted(filter(sql.writable, ids))
        found: dict[str | None, Cells] = {}
        for begin in range(0, len(wanted), _AT_ONCE):
            text = plan.of_events(wanted[begin : begin + _AT_ONCE], rules)
            found |= {str(cells["event_id"]): cells for cells in _each(self._asked(text))}
        return found

    def _asked(self, text: str) -> Rows:
        tree = dialect.parsed(text, source="the rules", views=VIEWS)
        return self.engine.rows(rendering.duckdb(tree, {}), limit=None)

    def _refuse(self, rule: Detection, error: Exception) -> None:
        self.refused.append(NotRun(rule.said.name, " ".join(str(error).split())))

    def _fail(self, rule: Detection, error: Exception) -> None:
        self.failed.add(rule_identity(rule))
        self._refuse(rule, error)

    def _counts(self, rule: Detection, cells: Cells) -> bool:
        """Count a finding that is not known; return whether there is room for it."""
        if _identified(rule, cells) in self.known:
            return False
        name = rule_identity(rule)
        self.found[name] += 1
        return self._keeps(self.found[name])

    def _keeps(self, count: int) -> bool:
        return self.most is None or count <= self.most

    def _finding(self, rule: Detection, cells: Cells, names: Mapping[str, str]) -> Finding:
        read = {path: cells.get(column) for column, path in names.items()}
        read |= {path: cells.get(column) for path, column in COLUMNS.texts.items()}
        ids = [cells["event_id"]] if cells["event_id"] is not None else []
        return Finding(
            id=_identified(rule, cells),
            rule=rule,
            time=_time(cells["event_time"]),
            last_time=_time(cells.get("last_time", cells["event_time"])),
            account=_text(cells.get("recipient_account_id")),
            region=_text(cells.get("aws_region")),
            actor=next((_text(cells[one]) for one in _ACTORS if cells.get(one) is not None), None),
            session=_text(cells.get("user_access_key_id")),
            address=_text(cells.get("source_ip_address")),
            event_source=_text(cells.get("event_source")),
            event_name=_text(cells.get("event_name")),
            error=_text(cells.get("error_code")),
            event_ids=tuple(map(str, ids)),
            source_key=_text(cells.get("source_key")),
            count=count if isinstance(count := cells.get("found"), int) else 1,
            key=_key(rule, cells),
            next=tuple(steps.commands(rule.said.next, read, self.options)),
        )


def _each(rows: Rows) -> Iterator[Cells]:
    for batch in rows.batches():
        yield from (dict(zip(rows.columns, row, strict=True)) for row in batch)


def _identified(rule: Detection, cells: Cells) -> str:
    """Return the id of the finding that a row is; an event without an id is known by its place."""
    key = _key(rule, cells)
    event = _text(cells["event_id"])
    place = [] if event else [_text(cells.get("source_key")), str(cells.get("source_index"))]
    return identity(rule, [*key.values(), event, *place])


def _key(rule: Detection, cells: Cells) -> dict[str, str | None]:
    if not isinstance(rule, Correlation):
        return {}
    return {name: _text(cells[f"key_{nth}"]) for nth, (name, _) in enumerate(rule.group_by, 1)}


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _time(cell: object) -> datetime | None:
    return cell if isinstance(cell, datetime) else None
