WITH RECURSIVE events(event_id, event_time, event_source, event_name, source_ip_address, error_code, recipient_account_id, user_principal_id, user_arn, user_account_id, user_access_key_id, user_invoked_by, raw) AS (
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
    user_account_id,
    user_access_key_id,
    user_invoked_by,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), answers(access_key_id, principal, user_access_key_id, opened_by, user_arn, event_name, event_time, event_id, source_ip_address) AS (
  SELECT
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.responseElements.credentials.accessKeyId'),
      JSON_EXTRACT_SCALAR(raw, '$.responseElements.accessKey.accessKeyId')
    ) AS access_key_id,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.responseElements.assumedRoleUser.arn'),
      JSON_EXTRACT_SCALAR(raw, '$.responseElements.federatedUser.arn'),
      JSON_EXTRACT_SCALAR(raw, '$.responseElements.accessKey.userName')
    ) AS principal,
    user_access_key_id,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS opened_by,
    user_arn,
    event_name,
    event_time,
    event_id,
    source_ip_address
  FROM events
  WHERE
    event_source IN ('sts.amazonaws.com', 'iam.amazonaws.com')
    AND error_code IS NULL
    AND event_name IN (
      'AssumeRole',
      'AssumeRoleWithSAML',
      'AssumeRoleWithWebIdentity',
      'AssumeRoot',
      'GetFederationToken',
      'GetSessionToken',
      'CreateAccessKey'
    )
), links(access_key_id, parent_access_key_id, principal, made_by, opened_by, opened_from, began, event_id) AS (
  SELECT
    access_key_id,
    MAX(user_access_key_id) AS parent_access_key_id,
    MAX(principal) AS principal,
    MAX(event_name) AS made_by,
    COALESCE(MAX(user_arn), MAX(opened_by)) AS opened_by,
    MIN(source_ip_address) AS opened_from,
    MIN(event_time) AS began,
    MIN(event_id) AS event_id
  FROM answers
  WHERE
    NOT access_key_id IS NULL
  GROUP BY
    access_key_id
), asked(access_key_id) AS (
  SELECT DISTINCT
    access_key_id
  FROM (
    SELECT
      user_access_key_id AS access_key_id
    FROM events
    WHERE
      user_access_key_id = ?
    UNION ALL
    SELECT
      access_key_id
    FROM links
    WHERE
      access_key_id = ?
  ) AS known
), up(access_key_id, depth) AS (
  SELECT
    access_key_id,
    0
  FROM asked
  UNION ALL
  SELECT
    links.parent_access_key_id,
    up.depth + 1
  FROM up
  JOIN links
    ON links.access_key_id = up.access_key_id
  WHERE
    NOT links.parent_access_key_id IS NULL AND up.depth < 8
), down(access_key_id, depth) AS (
  SELECT
    access_key_id,
    0
  FROM asked
  UNION ALL
  SELECT
    links.access_key_id,
    down.depth + 1
  FROM down
  JOIN links
    ON links.parent_access_key_id = down.access_key_id
  WHERE
    down.depth < 8
), chain(access_key_id, level) AS (
  SELECT
    access_key_id,
    -MAX(depth) AS level
  FROM up
  WHERE
    depth > 0
  GROUP BY
    access_key_id
  UNION ALL
  SELECT
    access_key_id,
    MIN(depth) AS level
  FROM down
  GROUP BY
    access_key_id
), used(access_key_id, user_arn, account, first_used, last_used, events, errors, addresses) AS (
  SELECT
    user_access_key_id AS access_key_id,
    MAX(user_arn) AS user_arn,
    MIN(COALESCE(user_account_id, recipient_account_id)) AS account,
    MIN(event_time) AS first_used,
    MAX(event_time) AS last_used,
    COUNT(*) AS events,
    COUNT_IF(NOT error_code IS NULL) AS errors,
    ARRAY_JOIN(SLICE(ARRAY_SORT(ARRAY_AGG(DISTINCT source_ip_address)), 1, 10), ', ') AS addresses
  FROM events
  WHERE
    user_access_key_id IN (
      SELECT
        access_key_id
      FROM chain
    )
  GROUP BY
    user_access_key_id
)
SELECT
  chain.access_key_id,
  links.parent_access_key_id,
  chain.level,
  COALESCE(used.user_arn, links.principal) AS principal,
  COALESCE(used.account, SPLIT_PART(links.principal, ':', 5)) AS account,
  links.made_by,
  links.opened_by,
  links.opened_from,
  links.began,
  used.first_used,
  used.last_used,
  COALESCE(used.events, 0) AS events,
  COALESCE(used.errors, 0) AS errors,
  used.addresses,
  links.event_id,
  CASE
    WHEN chain.level = 8
    AND chain.access_key_id IN (
      SELECT
        parent_access_key_id
      FROM links
      WHERE
        NOT parent_access_key_id IS NULL
    )
    THEN 'more below, not followed'
    WHEN chain.level = -8 AND NOT links.parent_access_key_id IS NULL
    THEN 'more above, not followed'
  END AS stopped
FROM chain
LEFT JOIN links
  ON links.access_key_id = chain.access_key_id
LEFT JOIN used
  ON used.access_key_id = chain.access_key_id
ORDER BY
  chain.level,
  links.began,
  chain.access_key_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'AKIAIOSFODNN7EXAMPLE'
-- 'AKIAIOSFODNN7EXAMPLE'
