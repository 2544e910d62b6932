"""What of a landing zone must fit together, beyond each field's own form.

Each check reads a few sections and yields what does not fit. The checks know
nothing of one another, so that those whose sections are right still run when
other sections are wrong.
"""

from collections.abc import Callable, Iterator

from ops.config import athena, bucket_names, selectors, settings
from ops.config.forms import BUCKET_FORM
from ops.config.landing_zone import LandingZone
from ops.config.problem import Place, Problem, foreign, twice

PROVIDER_VERSIONS = ((5, 100, 0), (7, 0, 0))
"""The AWS provider's versions the stacks are written for: from, and up to but not with."""


def roles_of_accounts(zone: LandingZone) -> Iterator[Problem]:
    """The named accounts are listed, and the archive's is no management account."""
    organization = zone.organization
    listed = {account.id for account in organization.accounts}
    for name in ("management_account", "log_archive_account", "audit_account",
                 "delegated_administrator"):  # fmt: skip
        account = getattr(organization, name)
        if account is not None and account not in listed:
            yield Problem(
                ("organization", name), "must be listed in organization.accounts", account
            )
    if organization.management_account == organization.log_archive_account:
        yield Problem(
            ("organization", "log_archive_account"),
            "must not be the management account: no service control policy could protect "
            "the archive there",
            organization.log_archive_account,
        )
    if organization.delegated_administrator == organization.management_account:
        yield Problem(
            ("organization", "delegated_administrator"),
            "must be a member account",
            organization.delegated_administrator,
        )


def units(zone: LandingZone) -> Iterator[Problem]:
    """Accounts lie in listed units; nothing is listed twice."""
    organization = zone.organization
    yield from twice(("organization", "accounts"), (one.id for one in organization.accounts))
    yield from twice(("organization", "units"), (one.id for one in organization.units))
    listed = {unit.id for unit in organization.units}
    for index, account in enumerate(organization.accounts):
        if account.unit is not None and account.unit not in listed:
            place = ("organization", "accounts", index, "unit")
            yield Problem(place, "must be listed in organization.units", account.unit)


def standalone_accounts(zone: LandingZone) -> Iterator[Problem]:
    """Standalone accounts are outside the organisation, each named once."""
    yield from twice(("standalone_accounts",), (one.id for one in zone.standalone_accounts))
    members = {account.id for account in zone.organization.accounts}
    for index, one in enumerate(zone.standalone_accounts):
        if one.id in members:
            yield Problem(
                ("standalone_accounts", index, "id"),
                "is an account of the organisation, whose trail covers it already",
                one.id,
            )


def regions(zone: LandingZone) -> Iterator[Problem]:
    """The home region is in use, and a region is named once."""
    governed, opt_in = zone.regions.governed, zone.regions.opt_in
    if zone.regions.home not in (*governed, *opt_in):
        yield Problem(
            ("regions", "home"),
            "must be one of regions.governed or regions.opt_in",
            zone.regions.home,
        )
    for index, region in enumerate(opt_in):
        if region in governed:
            place = ("regions", "opt_in", index)
            yield Problem(place, "is in regions.governed too; name it once", region)
    yield from twice(("regions", "governed"), governed)
    yield from twice(("regions", "opt_in"), opt_in)


def partition_of_regions(zone: LandingZone) -> Iterator[Problem]:
    """Every region belongs to the partition."""
    named: list[tuple[Place, str]] = [(("regions", "home"), zone.regions.home)]
    for name in ("governed", "opt_in"):
        listed = getattr(zone.regions, name)
        named += [(("regions", name, index), region) for index, region in enumerate(listed)]
    yield from _foreign_regions(zone, named)


def partition_of_standalone_regions(zone: LandingZone) -> Iterator[Problem]:
    """So does every standalone account's home region."""
    named: list[tuple[Place, str]] = [
        (("standalone_accounts", index, "home_region"), one.home_region)
        for index, one in enumerate(zone.standalone_accounts)
        if one.home_region is not None
    ]
    yield from _foreign_regions(zone, named)


def _foreign_regions(zone: LandingZone, named: list[tuple[Place, str]]) -> Iterator[Problem]:
    for place, region in named:
        if not zone.where.holds(region):
            yield Problem(place, f"is not a region of partition {zone.partition}", region)


def partition_of_arns(zone: LandingZone) -> Iterator[Problem]:
    """Principals that may read are of the partition, each named once."""
    yield from foreign(("readers",), zone.readers, zone.partition)
    yield from twice(("readers",), zone.readers)


def partition_of_external_readers(zone: LandingZone) -> Iterator[Problem]:
    """So are those outside the organisation."""
    place = ("guardrails", "external_readers")
    yield from foreign(place, zone.guardrails.external_readers, zone.partition)
    yield from twice(place, zone.guardrails.external_readers)


def partition_of_recipients(zone: LandingZone) -> Iterator[Problem]:
    """Queues and functions that get alarms are of the partition; nobody gets one twice."""
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate(zone.alarms.recipients):
        place = ("alarms", "recipients", index, "endpoint")
        if one.endpoint.startswith("arn:"):
            yield from foreign(place, [one.endpoint], zone.partition, numbered=False)
        if (one.protocol, one.endpoint) in seen:
            yield Problem(place, "stands twice", one.endpoint)
        seen.add((one.protocol, one.endpoint))


def partition_of_data_events(zone: LandingZone) -> Iterator[Problem]:
    """ARNs of recorded resources are of the partition."""
    for index, events in enumerate(zone.trail.data_events):
        yield from foreign(("trail", "data_events", index, "arns"), events.arns, zone.partition)


def retention(zone: LandingZone) -> Iterator[Problem]:
    """Nothing expires while it is locked, or before it would move."""
    archive, transition = zone.archive, zone.archive.transition
    expiry = archive.expire_days
    if expiry is not None and expiry < archive.object_lock.days:
        yield Problem(
            ("archive", "expire_days"),
            f"must be at least archive.object_lock.days ({archive.object_lock.days}): "
            "a locked file cannot expire",
            expiry,
        )
    if transition is None:
        return
    place = ("archive", "transition", "days")
    if expiry is not None and transition.days >= expiry:
        words = f"must be less than archive.expire_days ({expiry})"
        yield Problem(place, words, transition.days)
    if transition.storage_class in ("STANDARD_IA", "ONEZONE_IA") and transition.days < 30:
        words = f"must be at least 30 for {transition.storage_class}"
        yield Problem(place, words, transition.days)


def buckets(zone: LandingZone) -> Iterator[Problem]:
    """The bucket's name, given or computed, is one that S3 takes."""
    if zone.archive.existing_bucket and zone.archive.bucket is None:
        yield Problem(("archive", "bucket"), "is required with archive.existing_bucket")
    made = (bucket_names.archive(zone), bucket_names.access_logs(zone))
    wrong = next((name for name in made if not BUCKET_FORM.fits(name)), None)
    if wrong is not None:
        place = ("archive", "bucket") if zone.archive.bucket else ("name",)
        words = f"makes a bucket {wrong!r}, which must be {BUCKET_FORM.words}"
        yield Problem(place, words, zone.archive.bucket or zone.name)


def key_beside_bucket(zone: LandingZone) -> Iterator[Problem]:
    """An existing key is where the bucket is: S3 uses keys of its own region only."""
    key = zone.archive.existing_key_arn
    if key is not None and not key.startswith(f"arn:{zone.partition}:kms:{zone.regions.home}:"):
        yield Problem(
            ("archive", "existing_key_arn"),
            f"must be a key of partition {zone.partition} in the home region "
            f"{zone.regions.home}, where the bucket is",
            key,
        )


def guardrail_targets(zone: LandingZone) -> Iterator[Problem]:
    """Policies are attached to listed accounts and units, or the root."""
    organization, place = zone.organization, ("guardrails", "targets")
    known = {account.id: "accounts" for account in organization.accounts}
    known |= {unit.id: "units" for unit in organization.units}
    for index, target in enumerate(zone.guardrails.targets):
        if target == organization.management_account:
            words = "is the management account, which no service control policy binds"
            yield Problem((*place, index), words, target)
        elif target.startswith("r-") and target != organization.root_id:
            words = f"must be organization.root_id ({organization.root_id})"
            yield Problem((*place, index), words, target)
        elif target not in known and not target.startswith("r-"):
            section = "accounts" if target.isdigit() else "units"
            yield Problem((*place, index), f"must be listed in organization.{section}", target)
    yield from twice(place, zone.guardrails.targets)


def provider_version(zone: LandingZone) -> Iterator[Problem]:
    """The stacks are written for this range of provider versions."""
    version = tuple(int(part) for part in zone.deploy.provider_version.split("."))
    first, beyond = PROVIDER_VERSIONS
    if not first <= version < beyond:
        words = f"must be at least {_dotted(first)} and less than {_dotted(beyond)}"
        yield Problem(("deploy", "provider_version"), words, zone.deploy.provider_version)


def state(zone: LandingZone) -> Iterator[Problem]:
    """The state bucket and its key are in one region of the partition."""
    state = zone.deploy.state
    if not isinstance(state, settings.S3State):
        return
    yield from _foreign_regions(zone, [(("deploy", "state", "region"), state.region)])
    home = f"arn:{zone.partition}:kms:{state.region}:"
    if state.kms_key_id is not None and not state.kms_key_id.startswith(home):
        words = f"must be a key of partition {zone.partition} in region {state.region}"
        yield Problem(("deploy", "state", "kms_key_id"), words, state.kms_key_id)


def state_beside_archive(zone: LandingZone) -> Iterator[Problem]:
    """State is kept elsewhere than the archive, whose objects are locked."""
    state = zone.deploy.state
    if not isinstance(state, settings.S3State):
        return
    if state.bucket in (bucket_names.archive(zone), bucket_names.access_logs(zone)):
        words = "must not be the archive's bucket: its objects are locked"
        yield Problem(("deploy", "state", "bucket"), words, state.bucket)


def alarm_rules(zone: LandingZone) -> Iterator[Problem]:
    """A rule is named once, and its alarm tuned once."""
    yield from twice(("alarms", "rules"), zone.alarms.rules)
    yield from twice(("alarms", "without"), zone.alarms.without)
    yield from twice(("alarms", "tuned"), (one.rule for one in zone.alarms.tuned))


def reaction_rules(zone: LandingZone) -> Iterator[Problem]:
    """So is a reaction's."""
    yield from twice(("reactions", "rules"), zone.reactions.rules)
    yield from twice(("reactions", "without"), zone.reactions.without)


def accepted(zone: LandingZone) -> Iterator[Problem]:
    """A control is accepted once."""
    yield from twice(("accepted",), (one.control for one in zone.accepted))


def tags(zone: LandingZone) -> Iterator[Problem]:
    """IAM takes keys that differ only in case for one; the stacks add one of their own."""
    seen: set[str] = set()
    for key in zone.tags:
        if key.lower() == "managed-by":
            yield Problem(("tags", key), "is set by the stacks themselves")
        if key.lower() in seen:
            yield Problem(("tags", key), "differs from another key only in case")
        seen.add(key.lower())


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


CHECKS: tuple[Callable[[LandingZone], Iterator[Problem]], ...] = (
    roles_of_accounts,
    units,
    standalone_accounts,
    regions,
    partition_of_regions,
    partition_of_standalone_regions,
    partition_of_arns,
    partition_of_external_readers,
    partition_of_recipients,
    partition_of_data_events,
    retention,
    buckets,
    key_beside_bucket,
    *selectors.CHECKS,
    *athena.CHECKS,
    guardrail_targets,
    provider_version,
    state,
    state_beside_archive,
    alarm_rules,
    reaction_rules,
    accepted,
    tags,
)
