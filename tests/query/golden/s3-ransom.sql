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
), calls AS (
  SELECT
    event_time,
    event_id,
    event_name,
    error_code,
    recipient_account_id,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS who,
    user_access_key_id,
    source_ip_address,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.bucketName') AS bucket,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.key') AS object,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.VersioningConfiguration.Status') AS versioning,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters["x-amz-server-side-encryption-customer-algorithm"]'),
      JSON_EXTRACT_SCALAR(raw, '$.additionalEventData.SSEApplied')
    ) AS encryption,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters["x-amz-server-side-encryption-aws-kms-key-id"]') AS kms_key
  FROM events
  WHERE
    event_source = 's3.amazonaws.com'
    AND event_name IN (
      'PutBucketVersioning',
      'PutBucketLifecycle',
      'PutBucketLifecycleConfiguration',
      'PutBucketEncryption',
      'PutObject',
      'CopyObject',
      'UploadPart',
      'UploadPartCopy',
      'DeleteObject',
      'DeleteObjects'
    )
), settings AS (
  SELECT
    event_id,
    ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                raw,
                'lax $."requestParameters"."LifecycleConfiguration"."Rule"."Expiration"."Days"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      ' '
    ) AS days,
    ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                raw,
                'lax $."requestParameters"."ServerSideEncryptionConfiguration"."Rule"."ApplyServerSideEncryptionByDefault"."KMSMasterKeyID"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      ' '
    ) AS kms_keys
  FROM events
  WHERE
    event_source = 's3.amazonaws.com'
    AND event_name IN ('PutBucketLifecycle', 'PutBucketLifecycleConfiguration', 'PutBucketEncryption')
), judged AS (
  SELECT
    c.event_time,
    c.event_id,
    c.error_code,
    c.recipient_account_id,
    c.who,
    c.user_access_key_id,
    c.source_ip_address,
    c.bucket,
    c.object,
    CASE
      WHEN c.versioning = 'Suspended'
      THEN 'versions suspended'
      WHEN REGEXP_LIKE(s.days, '(^| )[1-7]( |$)')
      THEN 'objects expire within a week'
      WHEN c.encryption IN ('AES256', 'SSE_C')
      AND c.event_name IN ('PutObject', 'CopyObject', 'UploadPart', 'UploadPartCopy')
      THEN 'encrypted with the caller''s own key'
      WHEN SPLIT_PART(COALESCE(c.kms_key, s.kms_keys), ':', 5) <> c.recipient_account_id
      AND STARTS_WITH(COALESCE(c.kms_key, s.kms_keys), 'arn:')
      THEN 'encrypted with another account''s key'
      WHEN c.event_name = 'PutObject'
      AND REGEXP_LIKE(
        c.object,
        '(?i)(read.?me|restore|recover|decrypt|ransom|warning|how.?to).*\.(txt|html?|md)$'
      )
      THEN 'a note'
      WHEN c.event_name IN ('DeleteObject', 'DeleteObjects')
      THEN 'objects deleted in bulk'
    END AS what
  FROM calls AS c
  LEFT JOIN settings AS s
    ON s.event_id = c.event_id
), grouped AS (
  SELECT
    what,
    bucket,
    COALESCE(error_code, 'done') AS outcome,
    MIN(recipient_account_id) AS account,
    MAX(who) AS who,
    user_access_key_id AS access_key_id,
    source_ip_address,
    COUNT(*) AS events,
    MIN(object) AS first_object,
    MAX(object) AS last_object,
    MIN(event_time) AS first_time,
    MAX(event_time) AS last_time,
    ARRAY_JOIN(SLICE(ARRAY_AGG(event_id ORDER BY event_time, event_id), 1, 100), ', ') AS event_ids
  FROM judged
  WHERE
    NOT what IS NULL
  GROUP BY
    what,
    bucket,
    COALESCE(error_code, 'done'),
    user_access_key_id,
    source_ip_address,
    DATE_TRUNC('HOUR', event_time)
)
SELECT
  what,
  bucket,
  outcome,
  account,
  who,
  access_key_id,
  source_ip_address,
  events,
  CASE
    WHEN first_object = last_object
    THEN first_object
    ELSE first_object || ' … ' || last_object
  END AS examples,
  first_time,
  last_time,
  event_ids
FROM grouped
WHERE
  what <> 'objects deleted in bulk' OR events >= ?
ORDER BY
  first_time,
  what,
  bucket
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 30
