WITH events AS (
  SELECT
    event_id,
    event_time,
    source_ip_address,
    user_agent,
    user_principal_id,
    user_arn,
    user_account_id,
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
), places AS (
  SELECT
    e.user_access_key_id,
    e.source_ip_address,
    MAX(COALESCE(e.user_arn, e.user_principal_id)) AS who,
    MIN(e.user_account_id) AS account,
    MAX(i.country) AS country,
    MAX(i.asn) AS asn,
    ARRAY_AGG(DISTINCT e.user_agent) AS user_agents,
    MIN(e.event_time) AS first_use,
    MAX(e.event_time) AS last_use,
    COUNT(*) AS events,
    MIN_BY(e.event_id, e.event_time) AS event_id
  FROM events AS e
  LEFT JOIN ip_info AS i
    ON i.source_ip_address = e.source_ip_address
  WHERE
    STARTS_WITH(e.user_access_key_id, 'ASIA')
    AND NOT e.event_time IS NULL
    AND REGEXP_LIKE(e.source_ip_address, '^[0-9a-fA-F:.]+$')
  GROUP BY
    e.user_access_key_id,
    e.source_ip_address
), ranked AS (
  SELECT
    user_access_key_id,
    source_ip_address,
    who,
    account,
    country,
    asn,
    user_agents,
    first_use,
    last_use,
    events,
    event_id,
    ROW_NUMBER() OVER (PARTITION BY user_access_key_id ORDER BY first_use, source_ip_address) AS place
  FROM places
), sessions_used AS (
  SELECT
    user_access_key_id AS access_key_id,
    MAX(who) AS who,
    MIN(account) AS account,
    COUNT(*) AS addresses,
    ARRAY_JOIN(SLICE(ARRAY_AGG(source_ip_address ORDER BY place), 1, 10), ', ') AS from_where,
    ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(DISTINCT country)), ', ') AS countries,
    ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(DISTINCT asn)), ', ') AS networks,
    CARDINALITY(ARRAY_DISTINCT(FLATTEN(ARRAY_AGG(user_agents)))) AS user_agents,
    MIN(first_use) AS first_used,
    MIN(CASE WHEN place = 2 THEN first_use END) AS moved_at,
    MAX(last_use) AS last_used,
    SUM(events) AS events,
    MIN(CASE WHEN place = 2 THEN event_id END) AS event_id
  FROM ranked
  GROUP BY
    user_access_key_id
)
SELECT
  access_key_id,
  who,
  account,
  addresses,
  from_where,
  countries,
  networks,
  user_agents,
  first_used,
  moved_at,
  last_used,
  events,
  event_id
FROM sessions_used
WHERE
  addresses >= ?
ORDER BY
  moved_at,
  access_key_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 2
