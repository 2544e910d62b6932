/*
name: s3-volumes
number: 29
title: How much was read from and written to buckets, and by whom
question: >-
  Who moved how many bytes and objects out of which bucket, or into it? Needs S3 data events in
  the trail. The largest come first.
params:
  - {name: bucket, type: string, meaning: only this bucket}
  - {name: megabytes, type: int, default: 1000, meaning: how much must have moved at least}
columns:
  bucket: The bucket
  who: Who
  access_key_id: With which access key
  source_ip_address: From where
  country: The address's country, if --ip-info knows it
  bytes_out: Bytes read
  bytes_in: Bytes written
  reads: Objects read, counted by call
  writes: Objects written
  deletes: Objects deleted
  objects: How many different objects
  denied: How many calls were refused
  examples: The first and the last of them by name
  first_time: The first call
  last_time: The last call
  event_id: The first event
tags: [T1530, T1567.002, exfiltration]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: resource-history, params: {resource: bucket}}
*/
WITH calls AS (
    SELECT field('requestParameters.bucketName') AS bucket, field('requestParameters.key') AS object,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS who, user_access_key_id,
        source_ip_address, event_name, event_time, event_id, error_code,
        coalesce(TRY_CAST(field('additionalEventData.bytesTransferredOut') AS DOUBLE), 0) AS bytes_out,
        coalesce(TRY_CAST(field('additionalEventData.bytesTransferredIn') AS DOUBLE), 0) AS bytes_in
    FROM events
    WHERE event_source = 's3.amazonaws.com' AND event_name IN ('GetObject', 'HeadObject', 'SelectObjectContent',
        'GetObjectTorrent', 'PutObject', 'CopyObject', 'UploadPart', 'UploadPartCopy',
        'CompleteMultipartUpload', 'DeleteObject', 'DeleteObjects', 'RestoreObject', 'ListObjects', 'ListObjectsV2')),
volumes AS (
    SELECT bucket, max(who) AS who, user_access_key_id AS access_key_id, source_ip_address,
        CAST(sum(bytes_out) AS BIGINT) AS bytes_out, CAST(sum(bytes_in) AS BIGINT) AS bytes_in,
        count_if(event_name IN ('GetObject', 'SelectObjectContent')) AS reads,
        count_if(event_name IN ('PutObject', 'CopyObject', 'UploadPart', 'UploadPartCopy')) AS writes,
        count_if(event_name IN ('DeleteObject', 'DeleteObjects')) AS deletes,
        count(DISTINCT object) AS objects, count_if(error_code IS NOT NULL) AS denied,
        min(object) AS first_object, max(object) AS last_object, min(event_time) AS first_time,
        max(event_time) AS last_time, min_by(event_id, event_time) AS event_id
    FROM calls
    WHERE (:bucket IS NULL OR bucket = :bucket)
    GROUP BY bucket, user_access_key_id, source_ip_address)
SELECT v.bucket, v.who, v.access_key_id, v.source_ip_address, i.country, v.bytes_out, v.bytes_in, v.reads,
    v.writes, v.deletes, v.objects, v.denied,
    CASE WHEN v.first_object = v.last_object THEN v.first_object
        ELSE v.first_object || ' … ' || v.last_object END AS examples,
    v.first_time, v.last_time, v.event_id
FROM volumes AS v LEFT JOIN ip_info AS i ON i.source_ip_address = v.source_ip_address
WHERE v.bytes_out + v.bytes_in >= 1000000 * CAST(:megabytes AS BIGINT)
ORDER BY v.bytes_out DESC, v.bytes_in DESC, v.bucket, v.access_key_id
