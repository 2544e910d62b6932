"""What differs between AWS partitions: regions, DNS names, what EventBridge can reach.

Sources: AWS General Reference, "AWS service endpoints"; EventBridge User Guide,
"Sending and receiving events between AWS Regions" (commercial partition only).
"""

from dataclasses import dataclass
from typing import Literal

PartitionName = Literal["aws", "aws-us-gov", "aws-cn"]


@dataclass(frozen=True, slots=True)
class Partition:
    """One AWS partition."""

    name: PartitionName
    region_prefixes: tuple[str, ...]
    """What the names of its regions start with; empty means any other."""
    global_region: str
    """Where events of global services (IAM, root sign-in) arise."""
    cross_region_events: bool
    """Whether an EventBridge rule may target a bus in another region."""

    def holds(self, region: str) -> bool:
        """Whether `region` belongs to this partition, judged by its name."""
        if self.region_prefixes:
            return region.startswith(self.region_prefixes)
        return not region.startswith(("us-gov-", "cn-", "us-iso", "eu-iso"))


PARTITIONS: dict[str, Partition] = {
    "aws": Partition("aws", (), "us-east-1", cross_region_events=True),
    "aws-us-gov": Partition("aws-us-gov", ("us-gov-",), "us-gov-west-1", cross_region_events=False),
    "aws-cn": Partition("aws-cn", ("cn-",), "cn-north-1", cross_region_events=False),
}
