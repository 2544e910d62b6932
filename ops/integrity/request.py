"""What a run is asked, and what it may expect to find."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ops.integrity.keys import KeyRing

if TYPE_CHECKING:
    from ops.config import LandingZone


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked."""

    now: datetime
    """The time by the host's clock when the run began."""
    since: datetime | None = None
    """None: from each chain's first digest on."""
    until: datetime | None = None
    """None: now, or for a copy the end of its newest digest."""
    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    """None named: all of them."""
    trail: str | None = None
    allow_empty: bool = False
    concurrency: int = 64
    """Requests under way at once."""
    workers: int = 2
    """Processes that hash."""
    asked: tuple[str, str] = ("", "")
    """How since and until were said, such as 7d."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One chain that should exist."""

    account: str
    region: str
    trail: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a landing zone expects of its archive."""

    chains: frozenset[Expectation] = frozenset()
    logging_since: datetime | None = None
    buckets: frozenset[str] = frozenset()
    """What the archive's bucket is called; a copy lies elsewhere and keeps that name."""
    expire_days: int | None = None
    """Days after which files are deleted by lifecycle rules."""
    owners: frozenset[str] = field(default_factory=frozenset)
    """Accounts whose trails deliver here: where trails are stopped and started."""
    source: str = "the config"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    cells: int
    """Accounts and regions to verify."""
    cells_done: int
    digests: int
    logs: int
    logs_known: int
    """Log files named so far."""
    bytes_read: int = 0


class KeySource(Protocol):
    """Gets the public keys of regions for a stretch of time."""

    def __call__(self, regions: frozenset[str], start: datetime, end: datetime) -> KeyRing:
        """Return the keys; regions that failed are named in the ring."""


Watcher = Callable[[Progress], None]


def fixed_keys(ring: KeyRing) -> KeySource:
    """Return a source that has these keys and no others."""

    def keys(regions: frozenset[str], start: datetime, end: datetime) -> KeyRing:  # noqa: ARG001
        return ring

    return keys


def expected_of(zone: "LandingZone") -> Expected:
    """Return what a landing zone expects: every account in every governed region.

    Opt-in regions are enabled account by account, which the config does not say:
    their chains are verified where they exist and not missed where they do not.
    """
    from ops import names  # the config's parser: only who names a config pays for it

    accounts = [account.id for account in zone.organization.accounts]
    chains = {
        Expectation(account, region, zone.trail.name)
        for account in accounts
        for region in zone.regions.governed
    }
    for alone in zone.standalone_accounts:
        trail = names.standalone_trail_name(zone, alone)
        chains |= {Expectation(alone.id, region, trail) for region in zone.regions.governed}
    return Expected(
        chains=frozenset(chains),
        logging_since=zone.trail.logging_since,
        buckets=frozenset({names.bucket(zone)}),
        expire_days=zone.archive.expire_days,
        owners=frozenset(
            {
                zone.organization.management_account,
                zone.organization.delegated_administrator or zone.organization.management_account,
                *(one.id for one in zone.standalone_accounts),
            }
        ),
    )
