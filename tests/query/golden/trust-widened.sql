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
), own AS (
  SELECT
    ARRAY_AGG(DISTINCT recipient_account_id) AS accounts
  FROM events
  WHERE
    NOT recipient_account_id IS NULL
), policies AS (
  SELECT
    event_time,
    event_id,
    event_name,
    error_code,
    recipient_account_id,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS user_arn,
    user_access_key_id,
    source_ip_address,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.roleName') AS role,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.policyDocument'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.assumeRolePolicyDocument')
    ) AS policy
  FROM events
  WHERE
    event_source = 'iam.amazonaws.com'
    AND event_name IN ('UpdateAssumeRolePolicy', 'CreateRole')
), read AS (
  SELECT
    p.event_time,
    p.event_id,
    p.event_name,
    p.error_code,
    p.recipient_account_id,
    p.user_arn,
    p.user_access_key_id,
    p.source_ip_address,
    p.role,
    p.policy,
    REGEXP_LIKE(p.policy, '"(AWS|Principal)"\s*:\s*(\[[^\]]*)?"\*"') AS everybody,
    FILTER(
      ARRAY_DISTINCT(
        REGEXP_EXTRACT_ALL(p.policy, '"(?:arn:[a-z-]+:(?:iam|sts)::)?([0-9]{12})[":]', 1)
      ),
      a -> NOT CONTAINS(own.accounts, a)
      AND NOT CONTAINS(CAST(ARRAY['444444444444'] AS ARRAY(VARCHAR)), a)
    ) AS strangers
  FROM policies AS p
  CROSS JOIN own
)
SELECT
  event_time,
  CASE
    WHEN everybody
    THEN 'everybody'
    ELSE ARRAY_JOIN(ARRAY_SORT(strangers), ', ')
  END AS why,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  role,
  REGEXP_LIKE(policy, '"Condition"') AS conditional,
  event_name,
  user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  SUBSTR(policy, 1, 2000) AS policy,
  event_id
FROM read
WHERE
  everybody OR CARDINALITY(strangers) > 0
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
