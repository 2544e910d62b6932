WITH events AS (
  SELECT
    event_time,
    event_name,
    aws_region,
    source_ip_address,
    user_agent,
    error_code,
    recipient_account_id,
    user_arn,
    user_access_key_id
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), ip_info AS (
  SELECT
    CAST(NULL AS VARCHAR) AS source_ip_address,
    CAST(NULL AS VARCHAR) AS country,
    CAST(NULL AS VARCHAR) AS asn
  WHERE
    FALSE
), used AS (
  SELECT
    e.source_ip_address,
    e.user_agent,
    e.event_name,
    COUNT(*) AS calls,
    COUNT_IF(NOT e.error_code IS NULL) AS failed,
    MIN(e.event_time) AS first_call,
    MAX(e.event_time) AS last_call,
    ARRAY_AGG(DISTINCT e.aws_region) AS regions,
    MIN(e.user_access_key_id) AS access_key_id,
    MAX(e.user_arn) AS user_arn,
    MIN(e.recipient_account_id) AS account
  FROM events AS e
  WHERE
    e.user_access_key_id = ?
  GROUP BY
    e.source_ip_address,
    e.user_agent,
    e.event_name
)
SELECT
  MIN(u.access_key_id) AS access_key_id,
  MAX(u.user_arn) AS user_arn,
  MIN(u.account) AS account,
  u.source_ip_address,
  MAX(i.country) AS country,
  MAX(i.asn) AS asn,
  u.user_agent,
  MIN(u.first_call) AS first_seen,
  MAX(u.last_call) AS last_seen,
  SUM(u.calls) AS events,
  SUM(u.failed) AS errors,
  ARRAY_JOIN(ARRAY_SORT(ARRAY_DISTINCT(FLATTEN(ARRAY_AGG(u.regions)))), ', ') AS regions,
  ARRAY_JOIN(SLICE(ARRAY_AGG(u.event_name ORDER BY u.calls DESC, u.event_name), 1, 12), ', ') AS actions
FROM used AS u
LEFT JOIN ip_info AS i
  ON i.source_ip_address = u.source_ip_address
GROUP BY
  u.source_ip_address,
  u.user_agent
ORDER BY
  first_seen
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'AKIAIOSFODNN7EXAMPLE'
