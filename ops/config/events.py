"""What the trail records: its selectors, section by section.

`ops.config.selectors` checks that they fit together and stay within quotas.
"""

from typing import Literal

from pydantic import Field

from ops.config.forms import DataArn, KeyPrefix, Moment, ResourceType, ServiceName, Text, TrailName
from ops.config.settings import Section


class ManagementEvents(Section):
    """Which management events the trail records."""

    read_write: Literal["All", "ReadOnly", "WriteOnly"] = Field(
        "All", description="All, ReadOnly or WriteOnly. Less than All fails CIS and Security Hub."
    )
    exclude_sources: list[ServiceName] = Field(
        default_factory=list,
        description="High-volume event sources left out: kms.amazonaws.com, rdsdata.amazonaws.com.",
    )


class DataEvents(Section):
    """One kind of data events to record. Data events are billed from the first copy."""

    name: Text = Field(description="The selector's name.")
    resource_type: ResourceType = Field(description="CloudTrail's resource type.")
    arns: list[DataArn] = Field(
        default_factory=list,
        description="How the resources' ARNs begin; every resource of the type without any.",
    )
    read_write: Literal["All", "ReadOnly", "WriteOnly"] = Field(
        "All", description="All, ReadOnly or WriteOnly."
    )


class NetworkActivity(Section):
    """Network activity events of one service's VPC endpoints.

    All of them: the oldest supported AWS provider refuses a selector on errorCode,
    so calls an endpoint policy denied cannot be recorded alone.
    """

    event_source: ServiceName = Field(description="The service, such as s3.amazonaws.com.")


class Trail(Section):
    """The organisation trail. Log file validation is always on."""

    name: TrailName = Field(description="The trail's name; changing it makes a new trail.")
    prefix: KeyPrefix = Field("", description="Key prefix of all delivered files.")
    logging_since: Moment | None = Field(
        None, description="When logging began: from when on verification expects digests."
    )
    selectors: Literal["advanced", "basic"] = Field(
        "advanced", description="Which kind of event selectors to write."
    )
    management_events: ManagementEvents = Field(
        default_factory=ManagementEvents, description="Which management events are recorded."
    )
    data_events: list[DataEvents] = Field(
        default_factory=list, description="Data events to record; none by default: they cost."
    )
    network_activity: list[NetworkActivity] = Field(
        default_factory=list, description="Network activity events to record."
    )
    insights: list[Literal["ApiCallRateInsight", "ApiErrorRateInsight"]] = Field(
        default_factory=list, description="CloudTrail Insights to compute (billed)."
    )
