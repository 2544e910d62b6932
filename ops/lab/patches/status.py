"""GetTrailStatus says when logs, digests and CloudWatch events were last delivered.

The emulator knows one delivery time only. While a trail logs, its last
deliveries are taken to be now.

Source: CloudTrail API Reference, "GetTrailStatus".
"""

import json
from datetime import UTC, datetime
from typing import Any

from moto.cloudtrail.models import Trail
from moto.cloudtrail.responses import CloudTrailResponse

from ops.lab.graft import graft


def apply() -> None:
    """Replace the answer of GetTrailStatus."""
    graft(CloudTrailResponse, "get_trail_status", _get_trail_status)


def _get_trail_status(self: CloudTrailResponse) -> str:
    trail = self.cloudtrail_backend.get_trail(self._get_param("Name"))
    return json.dumps({**trail.status.description(), **_deliveries(trail)})


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


def _deliveries(trail: Trail) -> dict[str, Any]:
    """Return the time of each kind of delivery the trail makes, in epoch seconds."""
    status = trail.status
    if status.started is None:
        return {}
    latest = datetime.now(UTC) if status.is_logging else _utc(status.stopped or status.started)
    delivers = {
        "LatestDeliveryTime": True,
        "LatestDigestDeliveryTime": trail.log_validation,
        "LatestCloudWatchLogsDeliveryTime": trail.cw_log_group_arn,
        "LatestNotificationTime": trail.sns_topic_name,
    }
    return {name: int(latest.timestamp()) for name, does in delivers.items() if does}
