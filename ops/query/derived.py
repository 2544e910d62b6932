"""Views over `events`, written once in the runbooks' language for every engine."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

TEXTS = {
    # A record may be delivered again, corrected: the newest correction counts.
    "events_latest": """
SELECT e.*
FROM events AS e LEFT JOIN (
    SELECT addendum_original_event_id AS event_id
    FROM events WHERE addendum_original_event_id IS NOT NULL
    UNION ALL
    SELECT event_id
    FROM (
        SELECT event_id, row_number() OVER (PARTITION BY addendum_original_event_id
            ORDER BY source_key DESC, source_index DESC) AS place
        FROM events WHERE addendum_original_event_id IS NOT NULL) AS corrections
    WHERE place > 1) AS replaced ON replaced.event_id = e.event_id
WHERE replaced.event_id IS NULL
""",
    # One call that several accounts recorded, each with an event id of its own.
    "cross_account": """
SELECT shared_event_id, min(event_time) AS event_time, min(event_source) AS event_source,
    min(event_name) AS event_name,
    coalesce(max(CASE WHEN user_arn IS NOT NULL THEN user_account_id END), max(user_account_id))
        AS caller_account,
    max(user_arn) AS caller_arn,
    array_join(array_sort(array_agg(DISTINCT recipient_account_id)), ', ') AS accounts,
    min(source_ip_address) AS source_ip_address, max(error_code) AS error_code,
    count(*) AS records, array_join(array_sort(array_agg(event_id)), ', ') AS event_ids
FROM events
WHERE shared_event_id IS NOT NULL AND coalesce(event_category, 'Management') IN ('Management', 'Data')
GROUP BY shared_event_id
HAVING count(DISTINCT recipient_account_id) > 1
    OR count_if(user_account_id <> recipient_account_id) > 0
""",
    # Temporary credentials: who asked for them, for which role, and how they were used.
    "sessions": """
WITH answers AS (
    SELECT field('responseElements.credentials.accessKeyId') AS access_key_id, event_id, event_time,
        event_name, user_access_key_id, user_arn, user_invoked_by, user_account_id, recipient_account_id,
        source_ip_address, field('requestParameters.roleArn') AS role_arn,
        coalesce(field('responseElements.assumedRoleUser.arn'), field('responseElements.federatedUser.arn'))
            AS session_arn
    FROM events
    WHERE event_source = 'sts.amazonaws.com' AND error_code IS NULL
        AND event_name IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot',
            'GetFederationToken', 'GetSessionToken')),
begun AS (
    SELECT access_key_id, min(event_time) AS began, min(event_name) AS began_by,
        min(event_id) AS event_id, max(user_access_key_id) AS parent_access_key_id,
        coalesce(max(user_arn), max(user_invoked_by)) AS opened_by,
        max(user_account_id) AS opened_from_account, max(role_arn) AS role_arn,
        max(session_arn) AS session_arn, min(source_ip_address) AS opened_from
    FROM answers WHERE access_key_id IS NOT NULL GROUP BY access_key_id),
used AS (
    SELECT user_access_key_id AS access_key_id, count(*) AS events, min(event_time) AS first_used,
        max(event_time) AS last_used, count(DISTINCT source_ip_address) AS addresses,
        count_if(error_code IS NOT NULL) AS errors
    FROM events WHERE user_access_key_id IS NOT NULL GROUP BY user_access_key_id)
SELECT begun.access_key_id, parent_access_key_id, began, began_by, event_id, opened_by,
    opened_from_account, opened_from, role_arn, session_arn, coalesce(events, 0) AS events,
    coalesce(errors, 0) AS errors, first_used, last_used, coalesce(addresses, 0) AS addresses
FROM begun LEFT JOIN used ON used.access_key_id = begun.access_key_id
""",
}
NAMES = tuple(TEXTS)


def needed(names: Iterable[str]) -> list[str]:
    """Return those of the named views that are defined here."""
    return [one for one in TEXTS if one in names]


@cache
def tree(name: str) -> "exp.Query":
    """Return a view's text as a tree. Copy it before you change it."""
    from ops.query import dialect

    return dialect.parsed(TEXTS[name], source=f"the view {name}", views=("events",))
