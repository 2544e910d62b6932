"""What a deployed rule is: a set of metric-filter texts, or an event pattern."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_SECURITYHUB_ORDER = {1: 2, 2: 3, 3: 1}
"""Security Hub numbers the first three controls in another order than CIS."""


class Dialect(StrEnum):
    """Who prescribes a metric filter's exact text."""

    SECURITYHUB = "securityhub"
    CIS = "cis"
    PROWLER = "prowler"


@dataclass(frozen=True, slots=True)
class MetricRule:
    """A CIS monitoring control: filters on one metric, and the alarm on it."""

    name: str
    """Slug; part of the metric's and the alarm's name."""
    title: str
    number: int
    """n of CIS x.n: 3.n in v1.2, 4.n in v1.4 to v5.0."""
    prowler_check: str
    patterns: Mapping[Dialect, str] = field(hash=False)
    """The prescribed text per dialect. A dialect that is absent is satisfied by
    another's text; texts that differ are deployed side by side on one metric."""

    @property
    def cis_v1_2(self) -> str | None:
        """The control's number in CIS 1.2, which has no Organizations control."""
        return f"3.{self.number}" if self.number <= 14 else None

    @property
    def cis_v3_v5(self) -> str:
        """The control's number in CIS 3.0 and 5.0."""
        return f"4.{self.number}"

    @property
    def securityhub(self) -> str | None:
        """The Security Hub control of the same check, if there is one."""
        if self.number > 14:
            return None
        return f"CloudWatch.{_SECURITYHUB_ORDER.get(self.number, self.number)}"


class Vantage(StrEnum):
    """Where an EventBridge rule must stand to see its events: account and region."""

    MANAGEMENT_HOME = "management account, home region"
    MANAGEMENT_GLOBAL = "management account, region of global services"
    LOG_ARCHIVE = "log-archive account, home region"
    DELEGATED_ADMINISTRATOR = "delegated administrator, home region"


@dataclass(frozen=True, slots=True)
class EventRule:
    """A near-real-time reaction: an EventBridge pattern and where it must stand.

    EventBridge sees the events of its own account and region only; an
    organisation trail forwards nothing to it.
    """

    name: str
    title: str
    vantages: tuple[Vantage, ...]
    pattern: Mapping[str, Any] = field(hash=False)
