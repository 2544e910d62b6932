"""Who prescribes a filter's text, and where a reaction must stand."""

from enum import StrEnum


class Dialect(StrEnum):
    """Who prescribes a metric filter's exact text."""

    SECURITYHUB = "securityhub"
    CIS = "cis"
    PROWLER = "prowler"


class Vantage(StrEnum):
    """Where an EventBridge rule must stand to see its events: account and region.

    EventBridge sees the events of its own account and region only; an organisation trail
    forwards nothing to it.
    """

    MANAGEMENT_HOME = "management account, home region"
    MANAGEMENT_GLOBAL = "management account, region of global services"
    LOG_ARCHIVE = "log-archive account, home region"
    DELEGATED_ADMINISTRATOR = "delegated administrator, home region"
