"""What a detection rule is: what it looks for, and all that is said about it.

A rule holds for single records. A correlation counts, within a span of time and for each
value of some fields, the records that rules hold for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops.rules.model import Dialect, Vantage
from ops.rules.predicate import Path, Predicate


class Level(StrEnum):
    """How bad it is if it is what it looks like."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Its place among the levels, from 0."""
        return list(Level).index(self)


class Target(StrEnum):
    """What a rule can be rendered for."""

    CLOUDWATCH = "cloudwatch"
    SECURITYHUB = "securityhub"
    CIS = "cis"
    PROWLER = "prowler"
    EVENTBRIDGE = "eventbridge"
    DUCKDB = "duckdb"
    ATHENA = "athena"


@dataclass(frozen=True, slots=True)
class Alarm:
    """When a rule's metric raises its alarm: at least `threshold` hits in one period."""

    period: int = 300
    """Seconds."""
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class Next:
    """A runbook to run on what was found."""

    runbook: str
    params: Mapping[str, str] = field(hash=False)
    """Parameter to the path in the record that fills it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An event that shows where a target sees something else than the rule says."""

    target: str
    event: int
    """The line of the events file, from 1."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said about a rule, whatever it looks for."""

    title: str
    id: str
    """UUID; empty if a stranger's rule has none."""
    name: str
    """The slug; of a stranger's rule without one, the file's name."""
    file: str
    level: Level
    status: str = ""
    description: str = ""
    references: tuple[str, ...] = ()
    date: str = ""
    tags: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    cis: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The control's number by version of the benchmark."""
    securityhub: str = ""
    prowler: str = ""
    prescribed: Mapping[Dialect, str] = field(default_factory=dict, hash=False)
    """The exact text of a metric filter, by who prescribes it."""
    differences: tuple[Difference, ...] = ()
    refuses: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Words of the reason, by the target that cannot express the rule."""
    vantages: tuple[Vantage, ...] = ()
    """Where it is deployed as a reaction of EventBridge."""
    alarm: Alarm = Alarm()
    next: tuple[Next, ...] = ()

    @property
    def tactics(self) -> tuple[str, ...]:
        """The ATT&CK tactics among the tags."""
        named = [one.removeprefix("attack.") for one in self.tags if one.startswith("attack.")]
        return tuple(one for one in named if not one[1:2].isdigit())


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a record, or does not."""

    said: Said
    predicate: Predicate


class Kind(StrEnum):
    """What a correlation counts."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    """Different values of a field."""
    TEMPORAL = "temporal"
    """Whether each rule holds for a record."""
    TEMPORAL_ORDERED = "temporal_ordered"
    """The same, one after the other."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a count is compared with."""

    sign: str
    """`>=`, `>`, `=`, `<=` or `<`."""
    number: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """What must come together within a span of time."""

    said: Said
    kind: Kind
    rules: tuple[Rule, ...]
    group_by: tuple[tuple[str, tuple[Path, ...]], ...]
    """The names of the fields that must be the same, and each's path in the records of each rule."""
    seconds: int
    """The span."""
    count: Count
    counted: tuple[Path, ...] = ()
    """Of `value_count`: the path of the counted field in the records of each rule."""


Detection = Rule | Correlation
