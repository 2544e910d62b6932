WITH events AS (
  SELECT
    event_id,
    event_time,
    event_name,
    event_type,
    aws_region,
    source_ip_address,
    user_agent,
    error_code,
    recipient_account_id,
    user_type,
    user_arn,
    user_invoked_by,
    raw
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
)
SELECT
  e.event_time,
  CASE
    WHEN e.event_name = 'ConsoleLogin'
    THEN 'sign-in'
    WHEN e.event_type = 'AwsConsoleSignIn'
    THEN 'password'
    ELSE 'call'
  END AS what,
  e.event_name,
  COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.responseElements.ConsoleLogin'), e.error_code, 'done') AS outcome,
  JSON_EXTRACT_SCALAR(e.raw, '$.additionalEventData.MFAUsed') AS mfa,
  e.recipient_account_id AS account,
  e.user_arn,
  e.aws_region AS region,
  e.source_ip_address,
  i.country,
  e.user_agent,
  e.event_id
FROM events AS e
LEFT JOIN ip_info AS i
  ON i.source_ip_address = e.source_ip_address
WHERE
  e.user_type = 'Root'
  AND e.user_invoked_by IS NULL
  AND COALESCE(e.event_type, '') <> 'AwsServiceEvent'
ORDER BY
  e.event_time,
  e.event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
