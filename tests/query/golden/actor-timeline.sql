WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    user_agent,
    error_code,
    read_only,
    recipient_account_id,
    user_type,
    user_principal_id,
    user_arn,
    user_name,
    user_access_key_id,
    session_issuer_arn,
    source_identity
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
)
SELECT
  event_time,
  event_source,
  event_name,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  aws_region AS region,
  read_only,
  user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  user_agent,
  event_id
FROM events
WHERE
  user_arn = ?
  OR user_name = ?
  OR user_access_key_id = ?
  OR user_principal_id = ?
  OR SPLIT_PART(user_principal_id, ':', 2) = ?
  OR session_issuer_arn = ?
  OR source_identity = ?
  OR user_type = 'AssumedRole'
  AND SPLIT_PART(user_arn, '/', 2) = ?
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'sample'
-- 'sample'
-- 'sample'
-- 'sample'
-- 'sample'
-- 'sample'
-- 'sample'
-- 'sample'
