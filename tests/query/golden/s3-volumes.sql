WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    source_ip_address,
    error_code,
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
), ip_info AS (
  SELECT
    CAST(NULL AS VARCHAR) AS source_ip_address,
    CAST(NULL AS VARCHAR) AS country,
    CAST(NULL AS VARCHAR) AS asn
  WHERE
    FALSE
), calls AS (
  SELECT
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.bucketName') AS bucket,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.key') AS object,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS who,
    user_access_key_id,
    source_ip_address,
    event_name,
    event_time,
    event_id,
    error_code,
    COALESCE(
      TRY_CAST(JSON_EXTRACT_SCALAR(raw, '$.additionalEventData.bytesTransferredOut') AS DOUBLE),
      0
    ) AS bytes_out,
    COALESCE(
      TRY_CAST(JSON_EXTRACT_SCALAR(raw, '$.additionalEventData.bytesTransferredIn') AS DOUBLE),
      0
    ) AS bytes_in
  FROM events
  WHERE
    event_source = 's3.amazonaws.com'
    AND event_name IN (
      'GetObject',
      'HeadObject',
      'SelectObjectContent',
      'GetObjectTorrent',
      'PutObject',
      'CopyObject',
      'UploadPart',
      'UploadPartCopy',
      'CompleteMultipartUpload',
      'DeleteObject',
      'DeleteObjects',
      'RestoreObject',
      'ListObjects',
      'ListObjectsV2'
    )
), volumes AS (
  SELECT
    bucket,
    MAX(who) AS who,
    user_access_key_id AS access_key_id,
    source_ip_address,
    CAST(SUM(bytes_out) AS BIGINT) AS bytes_out,
    CAST(SUM(bytes_in) AS BIGINT) AS bytes_in,
    COUNT_IF(event_name IN ('GetObject', 'SelectObjectContent')) AS reads,
    COUNT_IF(event_name IN ('PutObject', 'CopyObject', 'UploadPart', 'UploadPartCopy')) AS writes,
    COUNT_IF(event_name IN ('DeleteObject', 'DeleteObjects')) AS deletes,
    COUNT(DISTINCT object) AS objects,
    COUNT_IF(NOT error_code IS NULL) AS denied,
    MIN(object) AS first_object,
    MAX(object) AS last_object,
    MIN(event_time) AS first_time,
    MAX(event_time) AS last_time,
    MIN_BY(event_id, event_time) AS event_id
  FROM calls
  WHERE
    (
      FALSE OR bucket = ?
    )
  GROUP BY
    bucket,
    user_access_key_id,
    source_ip_address
)
SELECT
  v.bucket,
  v.who,
  v.access_key_id,
  v.source_ip_address,
  i.country,
  v.bytes_out,
  v.bytes_in,
  v.reads,
  v.writes,
  v.deletes,
  v.objects,
  v.denied,
  CASE
    WHEN v.first_object = v.last_object
    THEN v.first_object
    ELSE v.first_object || ' … ' || v.last_object
  END AS examples,
  v.first_time,
  v.last_time,
  v.event_id
FROM volumes AS v
LEFT JOIN ip_info AS i
  ON i.source_ip_address = v.source_ip_address
WHERE
  v.bytes_out + v.bytes_in >= 1000000 * CAST(? AS BIGINT)
ORDER BY
  v.bytes_out DESC,
  v.bytes_in DESC,
  v.bucket,
  v.access_key_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
-- 'sample'
-- 1000
