WITH events AS (
  SELECT
    event_id,
    event_time,
    event_name,
    event_category,
    aws_region,
    source_ip_address,
    user_agent,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by
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
), calls AS (
  SELECT
    DATE_TRUNC('HOUR', event_time) AS hour,
    event_time,
    event_id,
    event_name,
    aws_region,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS who,
    user_access_key_id,
    source_ip_address,
    user_agent,
    recipient_account_id,
    CASE
      WHEN REGEXP_LIKE(error_code, 'AccessDenied|UnauthorizedOperation|AuthorizationError')
      THEN event_name
    END AS denied,
    REGEXP_LIKE(
      user_agent,
      '(?i)trufflehog|pacu|scoutsuite|cloudfox|cloudsplaining|enumerate-iam|' || 'nimbostratus|weirdaal|s3scanner|aws_consoler|endgame|barq'
    ) AS scanner
  FROM events
  WHERE
    NOT event_time IS NULL
    AND COALESCE(event_category, 'Management') <> 'NetworkActivity'
    AND NOT CONTAINS(CAST(ARRAY[] AS ARRAY(VARCHAR)), COALESCE(source_ip_address, ''))
), hours AS (
  SELECT
    hour,
    MAX(who) AS who,
    user_access_key_id AS access_key_id,
    source_ip_address,
    user_agent,
    MIN(recipient_account_id) AS account,
    COUNT(*) AS calls,
    COUNT(denied) AS denied,
    ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT denied)), 1, 12), ', ') AS denied_actions,
    ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(DISTINCT aws_region)), ', ') AS regions,
    MIN(event_time) AS first_time,
    MAX(event_time) AS last_time,
    MIN_BY(event_id, event_time) AS event_id,
    BOOL_OR(COALESCE(scanner, FALSE)) AS scanner
  FROM calls
  GROUP BY
    hour,
    user_access_key_id,
    source_ip_address,
    user_agent
)
SELECT
  h.hour,
  CASE WHEN h.scanner THEN 'a scanner''s user agent' ELSE 'many refusals' END AS why,
  h.who,
  h.access_key_id,
  h.source_ip_address,
  i.country,
  h.user_agent,
  h.account,
  h.calls,
  h.denied,
  h.denied_actions,
  h.regions,
  h.first_time,
  h.last_time,
  h.event_id
FROM hours AS h
LEFT JOIN ip_info AS i
  ON i.source_ip_address = h.source_ip_address
WHERE
  h.scanner OR h.denied >= ?
ORDER BY
  h.first_time,
  h.access_key_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 10
