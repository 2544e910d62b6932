"""Site lists: names of one organisation that questions compare with, `site_list('scanners')`.

Most stand in the landing-zone file. A few are always there, made from the rest of
that file; without one they are empty, so that every runbook runs everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.config import LandingZone

OWN = {
    "own_accounts": "The ids of every account of the landing zone",
    "archive_buckets": "The bucket that the trail delivers to",
    "archive_keys": "How the ARN of the key that encrypts it begins",
}
"""The lists that are always there."""
YOURS = {"scanners": "Addresses of scanners of yours: reconnaissance leaves them out"}
"""Lists that runbooks ask for and only the landing-zone file can fill; empty until it does."""


def known(zone: "LandingZone | None") -> Mapping[str, Sequence[str]]:
    """Return every list by its name."""
    empty: dict[str, Sequence[str]] = dict.fromkeys([*OWN, *YOURS], ())
    if zone is None:
        return empty
    from ops import names

    return {
        **empty,
        **zone.lists,
        "own_accounts": accounts(zone),
        "archive_buckets": [names.bucket(zone)],
        "archive_keys": [names.archive_key_arns(zone).removesuffix("*")],
    }


def of_rules(zone: "LandingZone | None") -> Mapping[str, Sequence[str]]:
    """Return what `%lists%` in rules stand for: every list, and the archive's bucket by its own name."""
    found = known(zone)
    return {**found, "archive_bucket": found["archive_buckets"]}


def accounts(zone: "LandingZone") -> list[str]:
    """Return the id of every account that delivers into the landing zone's archive."""
    members = [one.id for one in zone.organization.accounts]
    return [*members, *(one.id for one in zone.standalone_accounts)]
