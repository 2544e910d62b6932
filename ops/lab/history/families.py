"""The other families of events: Insights, network activity, aggregated data events.

CloudTrail files them in folders of their own, beside the ordinary logs.

Sources: CloudTrail User Guide, "CloudTrail Insights insightDetails element",
"CloudTrail record contents for network activity events", "Aggregated events".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ops.lab.history.dice import Dice
from ops.lab.history.identity import NAT, TIME, Role, Seat, assumed, caller
from ops.lab.history.plan import Part, Place, Plan
from ops.lab.history.record import Act, fill
from ops.lab.history.routine import Event

INSIGHT, NETWORK, AGGREGATED = (
    "CloudTrail-Insight",
    "CloudTrail-NetworkActivity",
    "CloudTrail-Aggregated",
)
FAMILIES = (INSIGHT, NETWORK, AGGREGATED)
_NOT_IN_INSIGHTS = {
    "userIdentity": None, "sourceIPAddress": None, "userAgent": None, "requestID": None,
    "readOnly": None, "tlsDetails": None, "managementEvent": None,
}  # fmt: skip


def insight_act(state: str, kind: str, source: str, name: str, code: str | None = None) -> Act:
    """Return an Insights record: the start or the end of an unusual rate."""
    statistics = {
        "baseline": {"average": 0.0208}, "insight": {"average": "<#count>"},
        "insightDuration": 7 if state == "End" else 1, "baselineDuration": 10080,
    }  # fmt: skip
    details = {
        "state": state, "eventSource": f"{source}.amazonaws.com", "eventName": name,
        "insightType": kind, "insightContext": {
            "statistics": statistics, "attributions": [{
                "attribute": "userIdentityArn",
                "insight": [{"value": "<principal>", "average": "<#count>"}],
                "baseline": [{"value": "<principal>", "average": 0.0208}]}]},
    }  # fmt: skip
    if code:
        details["errorCode"] = code
    return Act(source, name, more={
        **_NOT_IN_INSIGHTS, "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight",
        "sharedEventID": "<shared>", "insightDetails": details,
    })  # fmt: skip


DENIED_BY_ENDPOINT = Act(
    "s3", "GetObject",
    refused=("VpceAccessDenied", "The request was denied due to a VPC endpoint policy"),
    more={
        "eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity", "managementEvent": None,
        "vpcEndpointId": "vpce-<key8>000000001", "vpcEndpointAccountId": "<account>",
        "sharedEventID": "<shared>", "tlsDetails": None,
    },
)  # fmt: skip
AGGREGATE = (
    '{"eventVersion":"1.11","accountId":"%(account)s","eventId":"%(event)s",'
    '"eventCategory":"Aggregated","eventType":"AwsAggregatedEvent","awsRegion":"%(region)s",'
    '"eventSource":"s3.amazonaws.com","timeWindow":{"windowStart":"%(start)s",'
    '"windowEnd":"%(end)s","windowSize":"PT5M"},"summary":{"primaryDimension":{"dimension":'
    '"eventName","value":"GetObject","count":%(count)d},"details":[{"dimension":"resourceARN",'
    '"statistics":[{"name":"arn:%(partition)s:s3:::%(bucket)s","count":%(count)d}]}]}}'
)
"""It has no eventTime and no eventName, and spells its ids differently."""


def events(plan: Plan, place: Place, hour: datetime) -> Iterator[tuple[str, Event]]:
    """Yield family and event for one account, region and hour: few, whatever the scale."""
    if plan.part(place.account) is not Part.WORKLOAD:
        return
    dice = Dice(plan.seed, "families", place, hour)
    role = Role(place.account, "task-checkout", Dice("task-checkout", place.account).hex(32))
    user = assumed(plan, role, hour, role.key(plan, place.region, hour))
    who = caller(place, user, Seat(NAT[2], "[aws-sdk-java/2.34.8]"), plan)
    if dice.happens(1 / 48):
        begun, shared = hour + timedelta(seconds=dice.randrange(1800)), dice.uuid()
        for state, at in (("Start", begun), ("End", begun + timedelta(minutes=7))):
            act = _RATE[state]
            yield INSIGHT, (at, fill(act, who, at.strftime(TIME), dice, shared=shared))
    if dice.happens(1 / 12):
        at = hour + timedelta(seconds=dice.randrange(3600))
        text = fill(DENIED_BY_ENDPOINT, who, at.strftime(TIME), dice, shared=dice.uuid())
        yield NETWORK, (at, text)
    if dice.happens(1 / 8):
        yield AGGREGATED, _aggregate(who.slots["bucket"], plan, place, hour, dice)


_RATE = {
    one: insight_act(one, "ApiCallRateInsight", "ssm", "GetParameter") for one in ("Start", "End")
}


def _aggregate(bucket: str, plan: Plan, place: Place, hour: datetime, dice: Dice) -> Event:
    start = hour + timedelta(minutes=5 * dice.randrange(11))
    end = start + timedelta(minutes=5)
    return end, AGGREGATE % {
        "account": place.account, "region": place.region, "event": dice.uuid(),
        "start": start.strftime(TIME), "end": end.strftime(TIME), "count": dice.randrange(20, 900),
        "partition": plan.zone.partition, "bucket": bucket,
    }  # fmt: skip
