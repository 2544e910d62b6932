WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    error_code,
    read_only,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by,
    NULLIF(JSON_FORMAT(JSON_EXTRACT(raw, '$.requestParameters')), 'null') AS request_parameters,
    NULLIF(JSON_FORMAT(JSON_EXTRACT(raw, '$.responseElements')), 'null') AS response_elements,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), touched AS (
  SELECT
    event_time,
    event_id,
    event_source,
    event_name,
    error_code,
    recipient_account_id,
    aws_region,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS user_arn,
    user_access_key_id,
    source_ip_address,
    SUBSTR(request_parameters, 1, 1000) AS request,
    SUBSTR(response_elements, 1, 1000) AS answer,
    CASE WHEN error_code IS NULL THEN 0 ELSE 1 END AS failed
  FROM events
  WHERE
    (
      STRPOS(raw, ?) > 0
    )
    AND (
      ? = 'all' OR NOT COALESCE(read_only, FALSE)
    )
)
SELECT
  event_time,
  event_source,
  event_name,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  aws_region AS region,
  user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  request,
  answer,
  LAG(request) OVER (PARTITION BY event_source, event_name, failed ORDER BY event_time, event_id) AS request_before,
  event_id
FROM touched
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'sample'
-- 'changes'
