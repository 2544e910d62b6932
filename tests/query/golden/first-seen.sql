WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    event_category,
    source_ip_address,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_invoked_by,
    session_issuer_arn
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
), terms AS (
  SELECT
    k.kind,
    COALESCE(e.session_issuer_arn, e.user_arn, e.user_principal_id, e.user_invoked_by) AS principal,
    CASE k.kind
      WHEN 'action'
      THEN e.event_source || ' ' || e.event_name
      WHEN 'address'
      THEN e.source_ip_address
      ELSE ''
    END AS value,
    e.event_time,
    e.event_id,
    e.error_code,
    e.recipient_account_id
  FROM events AS e
  CROSS JOIN (VALUES
    ('principal'),
    ('action'),
    ('address')) AS k(kind)
  WHERE
    NOT e.event_time IS NULL
    AND COALESCE(e.event_category, 'Management') <> 'Insight'
    AND (
      k.kind <> 'address' OR REGEXP_LIKE(e.source_ip_address, '^[0-9a-f:.]+$')
    )
), seen AS (
  SELECT
    kind,
    principal,
    value,
    MIN(event_time) AS first_time,
    COUNT(*) AS events,
    COUNT_IF(NOT error_code IS NULL) AS failed,
    MIN_BY(event_id, event_time) AS event_id,
    ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT recipient_account_id)), 1, 10), ', ') AS accounts
  FROM terms
  WHERE
    NOT principal IS NULL AND NOT value IS NULL
  GROUP BY
    kind,
    principal,
    value
)
SELECT
  s.kind,
  s.principal,
  s.value,
  i.country,
  s.first_time,
  s.events,
  s.failed,
  s.accounts,
  s.event_id
FROM seen AS s
JOIN seen AS p
  ON p.kind = 'principal' AND p.principal = s.principal
LEFT JOIN ip_info AS i
  ON i.source_ip_address = s.value
WHERE
  s.first_time >= ?
  AND (
    s.kind = 'principal' OR p.first_time < ?
  )
ORDER BY
  s.first_time,
  s.kind,
  s.principal,
  s.value
-- '2026-11-05'
-- '2026-11-20'
-- TIMESTAMP '2026-11-05 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-19 00:00:00'
