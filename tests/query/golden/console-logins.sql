WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    user_agent,
    error_message,
    recipient_account_id,
    user_type,
    user_principal_id,
    user_arn,
    user_name,
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
  JSON_EXTRACT_SCALAR(e.raw, '$.responseElements.ConsoleLogin') AS result,
  CASE
    WHEN e.user_type IN ('IAMUser', 'Root')
    THEN JSON_EXTRACT_SCALAR(e.raw, '$.additionalEventData.MFAUsed')
    ELSE 'the identity provider decides'
  END AS mfa,
  COALESCE(e.user_arn, e.user_name, e.user_principal_id) AS who,
  e.user_type,
  e.recipient_account_id AS account,
  e.aws_region AS region,
  e.source_ip_address,
  i.country,
  i.asn,
  e.user_agent,
  e.error_message AS reason,
  e.event_id
FROM events AS e
LEFT JOIN ip_info AS i
  ON i.source_ip_address = e.source_ip_address
WHERE
  e.event_source = 'signin.amazonaws.com' AND e.event_name = 'ConsoleLogin'
ORDER BY
  e.event_time,
  e.event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
