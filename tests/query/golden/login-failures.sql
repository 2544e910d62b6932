WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    source_ip_address,
    recipient_account_id,
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
), tries AS (
  SELECT
    event_time,
    event_id,
    source_ip_address,
    recipient_account_id,
    COALESCE(user_name, user_arn, user_principal_id) AS name,
    COALESCE(user_arn, user_name) AS who,
    JSON_EXTRACT_SCALAR(raw, '$.responseElements.ConsoleLogin') AS result
  FROM events
  WHERE
    event_source = 'signin.amazonaws.com'
    AND event_name = 'ConsoleLogin'
    AND NOT source_ip_address IS NULL
), gaps AS (
  SELECT
    event_time,
    event_id,
    source_ip_address,
    recipient_account_id,
    name,
    CASE
      WHEN DATE_DIFF(
        'SECOND',
        LAG(event_time) OVER (PARTITION BY source_ip_address ORDER BY event_time, event_id),
        event_time
      ) < 3600
      THEN 0
      ELSE 1
    END AS begins
  FROM tries
  WHERE
    result = 'Failure'
), numbered AS (
  SELECT
    event_time,
    event_id,
    source_ip_address,
    recipient_account_id,
    name,
    SUM(begins) OVER (
      PARTITION BY source_ip_address
      ORDER BY event_time, event_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS burst
  FROM gaps
), bursts AS (
  SELECT
    source_ip_address,
    burst,
    MIN(event_time) AS first_failure,
    MAX(event_time) AS last_failure,
    COUNT(*) AS failures,
    ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT name)), 1, 10), ', ') AS names,
    ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(DISTINCT recipient_account_id)), ', ') AS accounts,
    ARRAY_JOIN(SLICE(ARRAY_AGG(event_id ORDER BY event_time, event_id), 1, 100), ', ') AS event_ids
  FROM numbered
  GROUP BY
    source_ip_address,
    burst
), entries AS (
  SELECT
    b.source_ip_address,
    b.burst,
    MIN(t.event_time) AS succeeded_at,
    MIN_BY(t.who, t.event_time) AS succeeded_as
  FROM bursts AS b
  JOIN tries AS t
    ON t.source_ip_address = b.source_ip_address
  WHERE
    t.result = 'Success'
    AND t.event_time >= b.first_failure
    AND t.event_time < b.last_failure + INTERVAL '1' DAY
  GROUP BY
    b.source_ip_address,
    b.burst
)
SELECT
  b.source_ip_address,
  i.country,
  b.first_failure,
  b.last_failure,
  b.failures,
  b.names,
  b.accounts,
  s.succeeded_at,
  s.succeeded_as,
  b.event_ids
FROM bursts AS b
LEFT JOIN entries AS s
  ON s.source_ip_address = b.source_ip_address AND s.burst = b.burst
LEFT JOIN ip_info AS i
  ON i.source_ip_address = b.source_ip_address
WHERE
  b.failures >= ?
ORDER BY
  b.first_failure,
  b.source_ip_address
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 5
