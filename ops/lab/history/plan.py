"""What history to make: whose, from when to when, how much, with which seed.

An organisation's accounts each have a part to play. The management, log-archive
and audit accounts are what the config says they are; all others are workloads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from ops import names
from ops.config import LandingZone
from ops.errors import UsageError
from ops.partition import PARTITIONS

HOUR = timedelta(hours=1)
EVENTS_AN_HOUR = 40
"""Events an account, region and hour have on average at scale 1, without the fixed ones."""


class Part(StrEnum):
    """The part an account plays in an organisation."""

    MANAGEMENT = "management"
    ARCHIVE = "log-archive"
    AUDIT = "audit"
    WORKLOAD = "workload"


@dataclass(frozen=True, slots=True)
class Place:
    """One account in one region: what has a digest chain of its own."""

    account: str
    region: str
    organization: str | None
    """The organisation whose trail delivers here; None for an account with its own trail."""
    trail: str
    home_region: str


@dataclass(frozen=True)
class Plan:
    """A history to make. Equal plans make equal histories, to the byte."""

    zone: LandingZone
    seed: int
    begin: datetime
    end: datetime
    """UTC, whole seconds; events lie in [begin, end)."""
    scale: float = 1.0
    attack: bool = True
    """Whether somebody's access key leaks."""
    backfill: bool = False
    """Whether some logs miss their hour's digest and are listed by a `_backfill` one."""

    only: tuple[tuple[str, str], ...] = ()
    """The accounts and regions to make; all of the config's if empty."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every account and region, in the order of the config."""
        return tuple(
            one for one in self._places() if not self.only or (one.account, one.region) in self.only
        )

    def _places(self) -> Iterator[Place]:
        zone = self.zone
        for account in zone.organization.accounts:
            for region in self.regions:
                owner = zone.organization.id
                yield Place(account.id, region, owner, zone.trail.name, zone.regions.home)
        for one in zone.standalone_accounts:
            trail, home = names.standalone_trail_name(zone, one), names.standalone_region(zone, one)
            for region in self.regions:
                yield Place(one.id, region, None, trail, home)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions of the config, the home region first."""
        zone = self.zone.regions
        return tuple(dict.fromkeys((zone.home, *zone.governed, *zone.opt_in)))

    @cached_property
    def global_region(self) -> str:
        """Where events of global services are recorded.

        The partition's own region for them if the config governs it, else the
        home region: a chain nobody expects would be no ordinary history.
        """
        found = PARTITIONS[self.zone.partition].global_region
        return found if found in self.regions else self.zone.regions.home

    @cached_property
    def workloads(self) -> tuple[str, ...]:
        """The accounts of the organisation that do its business; never empty."""
        found = tuple(
            one.id for one in self.zone.organization.accounts if self.part(one.id) is Part.WORKLOAD
        )
        return found or (self.zone.organization.audit_account,)

    def part(self, account: str) -> Part:
        """Return the part an account plays."""
        organization = self.zone.organization
        return {
            organization.audit_account: Part.AUDIT,
            organization.log_archive_account: Part.ARCHIVE,
            organization.management_account: Part.MANAGEMENT,
        }.get(account, Part.WORKLOAD)

    def name(self, account: str) -> str:
        """Return an account's name."""
        zone = self.zone
        known = {one.id: one.name for one in zone.organization.accounts}
        known |= {one.id: one.name for one in zone.standalone_accounts}
        return known[account]

    def arn(self, service: str, account: str, resource: str, region: str = "") -> str:
        """Return the ARN of something in this partition."""
        return f"arn:{self.zone.partition}:{service}:{region}:{account}:{resource}"

    @cached_property
    def first_hour(self) -> datetime:
        """The hour in which the history begins."""
        return self.begin.replace(minute=0, second=0)

    def hours(self) -> Iterator[datetime]:
        """Yield every hour that the history touches, oldest first."""
        hour = self.first_hour
        while hour < self.end:
            yield hour
            hour += HOUR


def plan(
    zone: LandingZone,
    *,
    end: datetime,
    days: float,
    seed: int = 1,
    scale: float = 1.0,
    attack: bool = True,
    backfill: bool = False,
    only: tuple[tuple[str, str], ...] = (),
) -> Plan:
    """Return the plan of a history that ends at `end` (any offset) and lasts `days`.

    Raises UsageError if there is nothing to make.
    """
    if days <= 0 or scale < 0:
        raise UsageError(
            f"A history of {days:g} days at scale {scale:g} cannot be made.",
            hint="--days must be more than 0, --scale at least 0",
        )
    if only and attack:
        raise UsageError("An attack goes through the whole organisation, not through part of it.")
    moment = end.astimezone(UTC).replace(microsecond=0)
    try:
        begin = moment - timedelta(seconds=round(days * 86400))
    except OverflowError as error:
        raise UsageError(f"{days:g} days before {end} is no date.") from error
    return Plan(zone, seed, begin, moment, scale, attack, backfill, only)
