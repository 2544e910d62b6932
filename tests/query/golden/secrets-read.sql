WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    source_ip_address,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), reads AS (
  SELECT
    DATE_TRUNC('HOUR', event_time) AS hour,
    event_time,
    event_id,
    event_name,
    error_code,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS who,
    user_access_key_id,
    recipient_account_id,
    source_ip_address,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.secretId'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.name'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.path'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.instanceId')
    ) AS name
  FROM events
  WHERE
    event_name IN (
      'GetSecretValue',
      'BatchGetSecretValue',
      'GetPasswordData',
      'GetParameter',
      'GetParameters',
      'GetParametersByPath'
    )
    AND (
      event_source = 'secretsmanager.amazonaws.com'
      AND event_name IN ('GetSecretValue', 'BatchGetSecretValue')
      OR event_source = 'ec2.amazonaws.com'
      AND event_name = 'GetPasswordData'
      OR event_source = 'ssm.amazonaws.com'
      AND event_name IN ('GetParameter', 'GetParameters', 'GetParametersByPath')
      AND JSON_EXTRACT_SCALAR(raw, '$.requestParameters.withDecryption') = 'true'
    )
), hours AS (
  SELECT
    hour,
    MAX(who) AS who,
    user_access_key_id AS access_key_id,
    MIN(recipient_account_id) AS account,
    source_ip_address,
    COUNT(DISTINCT name) AS secrets,
    COUNT_IF(event_name IN ('BatchGetSecretValue', 'GetParametersByPath', 'GetPasswordData')) AS bulk_calls,
    COUNT(*) AS calls,
    COUNT_IF(NOT error_code IS NULL) AS denied,
    ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT name)), 1, 20), ', ') AS names,
    MIN(event_time) AS first_time,
    MAX(event_time) AS last_time,
    ARRAY_JOIN(SLICE(ARRAY_AGG(event_id ORDER BY event_time, event_id), 1, 100), ', ') AS event_ids
  FROM reads
  GROUP BY
    hour,
    user_access_key_id,
    source_ip_address
)
SELECT
  hour,
  who,
  access_key_id,
  account,
  source_ip_address,
  secrets,
  bulk_calls,
  calls,
  denied,
  names,
  first_time,
  last_time,
  event_ids
FROM hours
WHERE
  secrets >= ? OR bulk_calls > 0
ORDER BY
  first_time,
  access_key_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 10
