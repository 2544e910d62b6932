WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by,
    session_issuer_arn,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), calls AS (
  SELECT
    event_time,
    event_id,
    event_source,
    event_name,
    error_code,
    recipient_account_id,
    aws_region,
    COALESCE(session_issuer_arn, user_arn, user_principal_id, user_invoked_by) AS who,
    user_access_key_id,
    source_ip_address,
    CASE event_name
      WHEN 'ScheduleKeyDeletion'
      THEN 'scheduled for deletion'
      WHEN 'DisableKey'
      THEN 'disabled'
      WHEN 'PutKeyPolicy'
      THEN 'a new key policy'
      WHEN 'DeleteImportedKeyMaterial'
      THEN 'its material deleted'
      WHEN 'ImportKeyMaterial'
      THEN 'material of the caller''s own'
      WHEN 'DeleteAlias'
      THEN 'its alias deleted'
      WHEN 'UpdateAlias'
      THEN 'its alias moved'
      WHEN 'DisableKeyRotation'
      THEN 'its rotation stopped'
      WHEN 'DeleteCustomKeyStore'
      THEN 'a key store deleted'
      ELSE 'decrypts for the first time'
    END AS what,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.keyId'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.aliasName'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.secretId'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.name'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.path'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.encryptionContext["aws:s3:arn"]'),
      NULLIF(
        ARRAY_JOIN(
          COALESCE(
            TRANSFORM(
              FILTER(
                CAST(JSON_PARSE(JSON_QUERY(raw, 'lax $."resources"."ARN"[*]' WITH ARRAY WRAPPER)) AS ARRAY(JSON)),
                x -> JSON_FORMAT(x) <> 'null'
              ),
              x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
            ),
            CAST(ARRAY[] AS ARRAY(VARCHAR))
          ),
          ', '
        ),
        ''
      )
    ) AS target,
    COALESCE(JSON_EXTRACT_SCALAR(raw, '$.requestParameters.withDecryption'), 'true') AS with_decryption
  FROM events
  WHERE
    event_source IN ('kms.amazonaws.com', 'secretsmanager.amazonaws.com', 'ssm.amazonaws.com')
    AND event_name IN (
      'ScheduleKeyDeletion',
      'DisableKey',
      'PutKeyPolicy',
      'DeleteImportedKeyMaterial',
      'ImportKeyMaterial',
      'DeleteAlias',
      'UpdateAlias',
      'DisableKeyRotation',
      'DeleteCustomKeyStore',
      'Decrypt',
      'ReEncrypt',
      'GetSecretValue',
      'BatchGetSecretValue',
      'GetParameter',
      'GetParameters',
      'GetParametersByPath',
      'GetParameterHistory'
    )
), firsts AS (
  SELECT
    who,
    MIN(event_time) AS first_time
  FROM calls
  WHERE
    what = 'decrypts for the first time'
    AND with_decryption = 'true'
    AND error_code IS NULL
    AND STARTS_WITH(who, 'arn:')
  GROUP BY
    who
), beginning AS (
  SELECT
    MIN(event_time) AS began
  FROM events
), novices AS (
  SELECT
    f.who
  FROM firsts AS f
  CROSS JOIN beginning AS b
  WHERE
    f.first_time >= ?
    AND (
      b.began < ?
      OR DATE_DIFF('SECOND', b.began, f.first_time) >= 86400 * CAST(? AS BIGINT)
    )
), found AS (
  SELECT
    what,
    target,
    COALESCE(error_code, 'done') AS outcome,
    recipient_account_id AS account,
    aws_region AS region,
    who,
    user_access_key_id AS access_key_id,
    source_ip_address,
    1 AS events,
    event_time AS first_time,
    event_time AS last_time,
    event_id
  FROM calls
  WHERE
    what <> 'decrypts for the first time' AND event_time >= ?
  UNION ALL
  SELECT
    what,
    MIN(target) AS target,
    'done' AS outcome,
    MIN(recipient_account_id) AS account,
    MIN(aws_region) AS region,
    who,
    user_access_key_id AS access_key_id,
    MIN(source_ip_address) AS source_ip_address,
    COUNT(*) AS events,
    MIN(event_time) AS first_time,
    MAX(event_time) AS last_time,
    MIN_BY(event_id, event_time) AS event_id
  FROM calls
  WHERE
    what = 'decrypts for the first time'
    AND with_decryption = 'true'
    AND error_code IS NULL
    AND event_time >= ?
    AND who IN (
      SELECT
        who
      FROM novices
    )
  GROUP BY
    what,
    who,
    user_access_key_id
)
SELECT
  what,
  target,
  outcome,
  account,
  region,
  who,
  access_key_id,
  source_ip_address,
  events,
  first_time,
  last_time,
  event_id
FROM found
ORDER BY
  first_time,
  event_id
-- '2026-11-05'
-- '2026-11-20'
-- TIMESTAMP '2026-11-05 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-19 00:00:00'
-- 14
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-19 00:00:00'
