WITH events AS (
  SELECT
    event_id,
    event_time,
    event_name,
    aws_region,
    source_ip_address,
    user_agent,
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
)
SELECT
  event_time,
  event_name,
  recipient_account_id AS account,
  aws_region AS region,
  COALESCE(user_arn, user_principal_id, user_invoked_by) AS user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  user_agent,
  SUBSTR(request_parameters, 1, 1000) AS request,
  SUBSTR(response_elements, 1, 1000) AS answer,
  event_id
FROM events
WHERE
  NOT COALESCE(read_only, FALSE)
  AND error_code IS NULL
  AND REGEXP_LIKE(
    event_name,
    '^(Create|Run|Put|Register|Allocate|Import|Copy|Restore|Launch|Request|Provision|Upload|Issue)'
  )
  AND (
    STRPOS(raw, ?) > 0
  )
  AND STRPOS(
    REPLACE(
      REPLACE(COALESCE(request_parameters, '') || COALESCE(response_elements, ''), '/', '"'),
      ':',
      '"'
    ),
    '"' || REPLACE(REPLACE(?, '/', '"'), ':', '"') || '"'
  ) > 0
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'sample'
-- 'sample'
