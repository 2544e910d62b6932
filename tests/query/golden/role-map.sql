WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    source_ip_address,
    error_code,
    shared_event_id,
    user_principal_id,
    user_arn,
    user_account_id,
    user_invoked_by,
    session_issuer_arn,
    source_identity,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), calls AS (
  SELECT
    COALESCE(shared_event_id, event_id) AS call_id,
    MIN(event_time) AS event_time,
    MIN(event_id) AS event_id,
    MAX(COALESCE(session_issuer_arn, user_arn)) AS caller_arn,
    MAX(COALESCE(user_invoked_by, user_principal_id)) AS caller_name,
    MAX(user_account_id) AS caller_account,
    MAX(JSON_EXTRACT_SCALAR(raw, '$.requestParameters.roleArn')) AS role_arn,
    MAX(error_code) AS error_code,
    MIN(source_ip_address) AS source_ip_address,
    MAX(
      COALESCE(source_identity, JSON_EXTRACT_SCALAR(raw, '$.requestParameters.sourceIdentity'))
    ) AS source_identity
  FROM events
  WHERE
    event_source = 'sts.amazonaws.com'
    AND event_name IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot')
  GROUP BY
    COALESCE(shared_event_id, event_id)
), named AS (
  SELECT
    COALESCE(caller_arn, caller_name) AS caller,
    caller_account,
    role_arn,
    SPLIT_PART(role_arn, ':', 5) AS role_account,
    event_time,
    event_id,
    error_code,
    source_ip_address,
    source_identity
  FROM calls
)
SELECT
  caller,
  MAX(caller_account) AS caller_account,
  role_arn,
  MIN(role_account) AS role_account,
  NOT MAX(caller_account) IS NULL AND MAX(caller_account) <> MIN(role_account) AS cross_account,
  COUNT(*) AS calls,
  COUNT_IF(NOT error_code IS NULL) AS failed,
  MIN(event_time) AS first_time,
  MAX(event_time) AS last_time,
  ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT source_ip_address)), 1, 10), ', ') AS addresses,
  ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT source_identity)), 1, 10), ', ') AS source_identities,
  MIN_BY(event_id, event_time) AS event_id
FROM named
WHERE
  (
    FALSE OR role_arn = ?
  )
GROUP BY
  caller,
  role_arn
ORDER BY
  cross_account DESC,
  calls,
  caller,
  role_arn
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'arn:aws:iam::444444444444:user/alice'
