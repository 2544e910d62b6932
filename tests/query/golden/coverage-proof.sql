WITH events AS (
  SELECT
    event_time,
    aws_region,
    recipient_account_id,
    source_key,
    day
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), ordered AS (
  SELECT
    recipient_account_id AS account,
    aws_region AS region,
    day,
    event_time,
    source_key,
    LAG(event_time) OVER (PARTITION BY recipient_account_id, aws_region, day ORDER BY event_time) AS earlier
  FROM events
  WHERE
    NOT event_time IS NULL
)
SELECT
  account,
  region,
  day,
  'not verified' AS verdict,
  COUNT(*) AS events,
  COUNT(DISTINCT DATE_TRUNC('HOUR', event_time)) AS hours,
  MAX_BY(earlier, COALESCE(DATE_DIFF('SECOND', earlier, event_time), -1)) AS silent_since,
  MAX(DATE_DIFF('SECOND', earlier, event_time)) AS silent_seconds,
  COUNT(DISTINCT source_key) AS log_files,
  CAST(NULL AS BIGINT) AS valid,
  CAST(NULL AS BIGINT) AS invalid,
  CAST(NULL AS BIGINT) AS unverified,
  CAST(NULL AS BIGINT) AS not_covered,
  MIN(event_time) AS first_event,
  MAX(event_time) AS last_event
FROM ordered
GROUP BY
  account,
  region,
  day
ORDER BY
  account,
  region,
  day
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
