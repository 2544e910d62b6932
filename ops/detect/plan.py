"""How rules are asked of a history together: as few passes over it as can be.

What a pass costs is the columns it opens, above all the records themselves. So rules that
columns decide go through those alone, all in one pass; rules that look into records go
through the records in another, of the events whose names can be meant.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops.detect import hint
from ops.detect.columns import COLUMNS
from ops.detect.kinds import Kind, Kinds
from ops.rules import sql
from ops.rules.rule import Correlation, Detection, Rule
from ops.rules.targets import Renderer

SHOWN = ("event_id", "event_time", "recipient_account_id", "aws_region", "user_arn",
         "user_principal_id", "user_name", "user_invoked_by", "user_type", "user_access_key_id",
         "source_ip_address", "event_source", "event_name", "error_code", "source_key",
         "source_index")  # fmt: skip
"""The columns that a finding is made of."""
EVERY = "true"
_BROAD = 0.5
"""Rules that may mean so great a share of all events are not looked for by names."""
_FREQUENT = 0.002
"""Rules that may mean so great a share of all events are not asked with the others."""


@dataclass(frozen=True, slots=True)
class Search:
    """A rule for single records, ready to be asked."""

    rule: Rule
    condition: str
    names: frozenset[str] | None
    """The names of the events it can find; None for any."""
    share: float
    """How many of all events it may find, from 0 to 1."""

    @property
    def reads_records(self) -> bool:
        """Whether columns are not enough to decide it, or to say what to do next."""
        return "field_any(" in self.condition or bool(inside([self.rule]))


def searched(rule: Rule, kinds: Kinds) -> Search | None:
    """Return how a rule is looked for; None if no event can be meant. Raise Refusal."""
    exact, before = sql.condition(rule.predicate, COLUMNS), hint.condition(rule.predicate)
    # One expression: DuckDB would look into each record for a part that stands by itself.
    condition = f"CASE WHEN {before} THEN {exact} ELSE false END" if before != exact else exact
    found = kinds.of(rule.predicate)
    if not found:
        return None
    share = sum(one.events for one in found) / kinds.events
    return Search(rule, condition, _names(found, kinds.events), share)


def occurs(rule: Correlation, kinds: Kinds) -> bool:
    """Whether there can be anything for a correlation to count."""
    return meant(rule, kinds) > 0


def meant(rule: Correlation, kinds: Kinds) -> int:
    """Return how many events a correlation may count at most."""
    return sum(kind.events for one in rule.rules for kind in kinds.of(one.predicate))


def _names(found: Sequence[Kind], events: int) -> frozenset[str] | None:
    """Return the names of kinds of events; None for any: too many, or some that cannot be named."""
    names = {one.name for one in found}
    named = frozenset(name for name in names if name is not None and sql.writable(name))
    if len(named) < len(names) or sum(one.events for one in found) > _BROAD * events:
        return None
    return named


def passes(searches: Iterable[Search]) -> list[list[Search]]:
    """Return the searches that go together: those for rare events are spared the frequent ones."""
    parts: dict[tuple[bool, bool, bool], list[Search]] = {}
    for one in searches:
        key = one.reads_records, one.names is None, one.share > _FREQUENT
        parts.setdefault(key, []).append(one)
    return list(parts.values())


def text(searches: Sequence[Search], only: str) -> str:
    """Return the SELECT of one pass, in the runbooks' language.

    Its columns are SHOWN, then what is `inside`, then `held`: which of the searches hold.
    """
    conditions = [one.condition for one in searches]
    where = [] if only == EVERY else [only]
    where += _named([one.names for one in searches])
    fields = [*SHOWN, *_fields([one.rule for one in searches])]
    names = [*SHOWN, *inside([one.rule for one in searches])]
    found = (
        f"SELECT {', '.join(fields)}, ARRAY[{', '.join(conditions)}] AS held\n"
        f"FROM events\nWHERE {' AND '.join(where) or EVERY}"
    )
    # Each condition stands here once: to read so long a text takes its time, too.
    return (
        f"SELECT {', '.join(names)}, held\nFROM (\n{found}\n) AS found\n"
        "WHERE contains(held, true)\nORDER BY event_time, event_id"
    )


def of_correlation(rule: Correlation, kinds: Kinds, more: str = EVERY) -> str:
    """Return the SELECT of what a correlation finds where `more` holds; raise Refusal."""
    before = [hint.condition(one.predicate) for one in rule.rules]
    found = [kind for one in rule.rules for kind in kinds.of(one.predicate)]
    conditions = _named([_names(found, kinds.events)])
    conditions += [] if more == EVERY else [more]
    conditions += [] if EVERY in before else [f"({' OR '.join(before)})"]
    return Renderer(COLUMNS).sql(rule, only=" AND ".join(conditions) or EVERY)


def _named(names: Sequence[frozenset[str] | None]) -> list[str]:
    """Return the condition that an event has one of these names; none if any name will do."""
    union = {one for some in names for one in some or ()}
    if None in names or not union:
        return []
    return [f"coalesce(event_name IN ({', '.join(map(sql.literal, sorted(union)))}), false)"]


def of_events(ids: Sequence[str], rules: Iterable[Detection]) -> str:
    """Return the SELECT of the events of these ids: SHOWN, then what is `inside`."""
    listed = ", ".join(map(sql.literal, ids))
    fields = [*SHOWN, *_fields(rules)]
    return f"SELECT {', '.join(fields)}\nFROM events\nWHERE coalesce(event_id IN ({listed}), false)"


def inside(rules: Iterable[Detection]) -> Mapping[str, str]:
    """Return what the next steps of rules read out of a record: the path, by a column's name."""
    paths = {path for rule in rules for step in rule.said.next for path in step.params.values()}
    return {f"inside_{nth}": path for nth, path in enumerate(sorted(paths - COLUMNS.texts.keys()))}


def _fields(rules: Iterable[Detection]) -> list[str]:
    return [f"field({sql.literal(path)}) AS {name}" for name, path in inside(rules).items()]
