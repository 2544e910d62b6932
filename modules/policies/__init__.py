"""Every resource and role policy: pure functions of the landing zone.

They return plain dictionaries and know nothing of CDKTF. Trails, buckets and
keys name each other in them by computed ARNs, so no policy waits for another.

    analytics   the role of analysts, and the key of their results
    bucket      who may write to, read and change the buckets
    archive_key who may use and manage the archive's key
    reader      the role of verifiers and auditors
    stream      the log group's key and the role CloudTrail writes to it with
    messaging   topics, their key, the event bus and the roles that forward to it
"""

from modules.policies.analytics import analyst_policy, analyst_trust, analytics_key_policy
from modules.policies.archive_key import archive_key_policy
from modules.policies.bucket import (
    access_log_bucket_policy,
    bucket_policy,
    results_access_log_bucket_policy,
    results_bucket_policy,
)
from modules.policies.messaging import (
    alarm_topic_policy,
    bus_policy,
    delivery_topic_policy,
    forward_role_policy,
    forward_role_trust,
    topic_key_policy,
)
from modules.policies.reader import reader_policy, reader_trust
from modules.policies.stream import log_group_key_policy, log_role_policy, log_role_trust

__all__ = [
    "access_log_bucket_policy",
    "alarm_topic_policy",
    "analyst_policy",
    "analyst_trust",
    "analytics_key_policy",
    "archive_key_policy",
    "bucket_policy",
    "bus_policy",
    "delivery_topic_policy",
    "forward_role_policy",
    "forward_role_trust",
    "log_group_key_policy",
    "log_role_policy",
    "log_role_trust",
    "reader_policy",
    "reader_trust",
    "results_access_log_bucket_policy",
    "results_bucket_policy",
    "topic_key_policy",
]
