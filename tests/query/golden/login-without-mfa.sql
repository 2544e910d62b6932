WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    user_agent,
    recipient_account_id,
    user_type,
    user_arn,
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
  e.user_type,
  e.user_arn,
  e.recipient_account_id AS account,
  e.aws_region AS region,
  e.source_ip_address,
  i.country,
  e.user_agent,
  e.event_id
FROM events AS e
LEFT JOIN ip_info AS i
  ON i.source_ip_address = e.source_ip_address
WHERE
  e.event_source = 'signin.amazonaws.com'
  AND e.event_name = 'ConsoleLogin'
  AND e.user_type IN ('IAMUser', 'Root')
  AND JSON_EXTRACT_SCALAR(e.raw, '$.responseElements.ConsoleLogin') = 'Success'
  AND COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.additionalEventData.MFAUsed'), 'No') <> 'Yes'
ORDER BY
  e.event_time,
  e.event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
