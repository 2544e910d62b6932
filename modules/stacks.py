"""The stacks: one per account and purpose, and the order they need each other in.

    organization ──► log-archive ──► trail ──► reactions-management ──► reactions-…
                         ├─────────► analytics
                         └─────────► standalone-<account>

Names and ARNs are computed, so no stack reads another's state. One value cannot
be: the archive key's ARN. `log-archive` puts it out under the name of the
variable that the later stacks take it in by.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modules import policies
from modules.account import KEY_VARIABLE, AccountStack
from modules.alarms import DetectionAlarms
from modules.archive import ExistingArchive, LogArchive
from modules.catalog import Analyst, Catalog, Results, Workgroup
from modules.cdk import App, Construct, Output, Stack, aws
from modules.guardrails import Guardrails
from modules.guardrails import wanted as guardrails_wanted
from modules.key import Key
from modules.reaction import EventBus, ForwardRole, Reactions
from modules.reader import Reader
from modules.stream import LogStream
from modules.topic import Topic
from modules.trail import TrailResource
from ops import names
from ops.config import LandingZone, settings
from ops.deployed_rules import DeployedRules, Metric, Reaction
from ops.rules.model import Vantage


class OrganizationStack(AccountStack):
    """Guardrails and the delegated administrator, in the management account."""

    def __init__(self, scope: Construct, zone: LandingZone) -> None:
        account = zone.organization.management_account
        super().__init__(scope, "organization", zone=zone, account=account)
        Guardrails(self, "guardrails", zone=zone)
        if zone.organization.delegated_administrator:
            delegated = aws.cloudtrail_organization_delegated_admin_account
            delegated.CloudtrailOrganizationDelegatedAdminAccount(
                self,
                "delegated-administrator",
                account_id=zone.organization.delegated_administrator,
            )


class LogArchiveStack(AccountStack):
    """Key, bucket, access logs and the reader role, in the log-archive account."""

    def __init__(self, scope: Construct, zone: LandingZone, needs: Sequence[Stack]) -> None:
        account = zone.organization.log_archive_account
        super().__init__(scope, "log-archive", zone=zone, account=account, needs=needs)
        key_arn = self._key()
        if zone.archive.existing_bucket:
            ExistingArchive(self, "archive", zone=zone, key_arn=key_arn)
        else:
            LogArchive(self, "archive", zone=zone, key_arn=key_arn)
        if zone.readers:
            Reader(self, "reader", zone=zone, key_arn=key_arn)

    def _key(self) -> str:
        zone = self.zone
        if zone.archive.existing_key_arn:
            return zone.archive.existing_key_arn
        key = Key(
            self,
            "archive-key",
            alias=f"{names.stem(zone)}-archive",
            description=f"Encrypts the CloudTrail archive {names.bucket(zone)}",
            policy=policies.archive_key_policy(zone),
        )
        Output(self, KEY_VARIABLE, value=key.arn, description="The archive key's ARN")
        return key.arn


class TrailStack(AccountStack):
    """Trail, log group, topics and alarms, in the management account."""

    def __init__(
        self,
        scope: Construct,
        zone: LandingZone,
        metrics: Sequence[Metric],
        needs: Sequence[Stack],
    ) -> None:
        account = zone.organization.management_account
        super().__init__(scope, "trail", zone=zone, account=account, needs=needs)
        key = Key(
            self,
            "topic-key",
            alias=f"{names.stem(zone)}-topics",
            description="Encrypts the alarm and log-delivery topics",
            policy=policies.topic_key_policy(zone),
        )
        alarms = Topic(
            self,
            "alarm-topic",
            name=names.alarm_topic(zone),
            key_arn=key.arn,
            policy=policies.alarm_topic_policy(zone),
            recipients=zone.alarms.recipients,
        )
        delivery = Topic(
            self,
            "delivery-topic",
            name=names.delivery_topic(zone),
            key_arn=key.arn,
            policy=policies.delivery_topic_policy(zone),
        )
        stream = LogStream(self, "stream", zone=zone)
        TrailResource(
            self,
            "trail",
            zone=zone,
            name=zone.trail.name,
            key_arn=self.archive_key_arn(),
            is_organization_trail=True,
            sns_topic_name=delivery.resource.name,
            cloud_watch_logs_group_arn=f"{stream.group.arn}:*",
            cloud_watch_logs_role_arn=stream.role.arn,
            # CloudTrail tries both at creation, and the provider does not try again.
            depends_on=[delivery.policy, stream.role_policy],
        )
        DetectionAlarms(
            self,
            "alarms",
            zone=zone,
            metrics=metrics,
            log_group_name=stream.group.name,
            topic_arn=alarms.arn,
        )


class AnalyticsStack(AccountStack):
    """Athena over the archive, and the role to ask it with, in the audit account."""

    def __init__(self, scope: Construct, zone: LandingZone, needs: Sequence[Stack]) -> None:
        account = zone.organization.audit_account
        super().__init__(scope, "analytics", zone=zone, account=account, needs=needs)
        results = Results(self, "results", zone=zone)
        catalog = Catalog(self, "catalog", zone=zone)
        Workgroup(self, "workgroup", zone=zone, results=results, database=catalog.database.name)
        keys = (self.archive_key_arn(), results.key.arn)
        Analyst(self, "analyst", zone=zone, key_arns=keys)


class StandaloneStack(AccountStack):
    """The trail of an account outside the organisation, into the same archive."""

    def __init__(
        self,
        scope: Construct,
        zone: LandingZone,
        account: settings.StandaloneAccount,
        needs: Sequence[Stack],
    ) -> None:
        super().__init__(
            scope,
            f"standalone-{account.id}",
            zone=zone,
            account=account.id,
            region=names.standalone_region(zone, account),
            needs=needs,
        )
        TrailResource(
            self,
            "trail",
            zone=zone,
            name=names.standalone_trail_name(zone, account),
            key_arn=self.archive_key_arn(),
        )


class ReactionStack(AccountStack):
    """The EventBridge rules of one account, in each region its events arise in."""

    def __init__(
        self,
        scope: Construct,
        purpose: str,
        *,
        zone: LandingZone,
        account: str,
        vantages: Sequence[Vantage],
        rules: Sequence[Reaction],
        needs: Sequence[Stack],
    ) -> None:
        super().__init__(scope, f"reactions-{purpose}", zone=zone, account=account, needs=needs)
        self._role: ForwardRole | None = None
        here = [rule for rule in rules if _stands(rule, vantages)]
        if here:
            Reactions(self, "home", zone=zone, rules=here, target=self.to_bus())
        if account == zone.organization.management_account:
            away = [rule for rule in rules if _stands(rule, [Vantage.MANAGEMENT_GLOBAL])]
            if away:
                self._in_global_region(away)

    def to_bus(self) -> dict[str, Any]:
        """Return a target's arguments: the landing zone's bus, by the forward role."""
        if self._role is None:
            self._role = ForwardRole(self, "forward", zone=self.zone, account=self.account)
        return {
            "arn": names.event_bus_arn(self.zone),
            "role_arn": self._role.arn,
            "depends_on": [self._role.policy],
        }

    def _in_global_region(self, rules: Sequence[Reaction]) -> None:
        zone = self.zone
        region = zone.where.global_region
        provider = None
        target = self.to_bus()
        if region != zone.regions.home:
            provider = self.provider("aws-global", region, alias="global")
            if not zone.where.cross_region_events:
                target = self._to_topic(region, provider)
        Reactions(self, "global", zone=zone, rules=rules, target=target, provider=provider)

    def _to_topic(self, region: str, provider: Any) -> dict[str, Any]:
        """Return a target in a region whose rules cannot reach the bus: its own topic."""
        zone = self.zone
        key = Key(
            self,
            "global-key",
            alias=f"{names.stem(zone)}-topics",
            description="Encrypts the alarm topic of this region",
            policy=policies.topic_key_policy(zone, region),
            provider=provider,
        )
        topic = Topic(
            self,
            "global-topic",
            name=names.alarm_topic(zone),
            key_arn=key.arn,
            policy=policies.alarm_topic_policy(zone, region),
            recipients=zone.alarms.recipients,
            provider=provider,
        )
        return {"arn": topic.arn}


def _stands(rule: Reaction, vantages: Sequence[Vantage]) -> bool:
    return any(vantage in vantages for vantage in rule.said.vantages)


def reaction_accounts(zone: LandingZone) -> dict[str, tuple[str, list[Vantage]]]:
    """Return each account that reacts: its purpose, and what its home region sees."""
    organization = zone.organization
    accounts = {
        organization.management_account: ("management", [Vantage.MANAGEMENT_HOME]),
        organization.log_archive_account: ("log-archive", [Vantage.LOG_ARCHIVE]),
    }
    if delegated := organization.delegated_administrator:
        _, vantages = accounts.setdefault(delegated, ("delegated-administrator", []))
        vantages.append(Vantage.DELEGATED_ADMINISTRATOR)
    return accounts


def _add_reactions(app: App, zone: LandingZone, rules: Sequence[Reaction], trail: Stack) -> None:
    management = zone.organization.management_account
    accounts = {
        account: (purpose, vantages)
        for account, (purpose, vantages) in reaction_accounts(zone).items()
        if account == management or any(_stands(rule, vantages) for rule in rules)
    }
    needs = [trail]
    for account, (purpose, vantages) in accounts.items() if rules else ():
        stack = ReactionStack(
            app, purpose, zone=zone, account=account, vantages=vantages, rules=rules, needs=needs
        )
        if account == management:
            EventBus(
                stack,
                "bus",
                zone=zone,
                senders=list(accounts),
                topic_arn=names.topic_arn(zone, names.alarm_topic(zone)),
                reads=any(rule.reads for rule in rules),
            )
            needs = [trail, stack]


def synthesize(zone: LandingZone, rules: DeployedRules, outdir: Path) -> None:
    """Write every stack of a landing zone, as Terraform's JSON, below a directory."""
    outdir.mkdir(parents=True, exist_ok=True)
    app = App(outdir=str(outdir))
    build(app, zone, rules)
    app.synth()


def build(app: App, zone: LandingZone, rules: DeployedRules) -> None:
    """Add every stack of a landing zone to the app."""
    needs: list[Stack] = []
    if guardrails_wanted(zone) or zone.organization.delegated_administrator:
        needs = [OrganizationStack(app, zone)]
    log_archive = LogArchiveStack(app, zone, needs)
    trail = TrailStack(app, zone, rules.metrics, [*needs, log_archive])
    _add_reactions(app, zone, rules.reactions, trail)
    if zone.analytics.enabled:
        AnalyticsStack(app, zone, [log_archive])
    for account in zone.standalone_accounts:
        StandaloneStack(app, zone, account, [log_archive])
