/*
name: s3-ransom
number: 32
title: Buckets held to ransom
question: >-
  Did anybody prepare or carry out extortion with a bucket: suspend its versions, let it delete its
  objects, delete them in bulk, encrypt them with a key of the caller's own, or leave a note?
params:
  - {name: deletes, type: int, default: 30, meaning: how many deletions in an hour are too many}
columns:
  what: What was done, in words
  bucket: The bucket
  outcome: Done, or the error
  account: The account
  who: Who
  access_key_id: With which access key
  source_ip_address: From where
  events: How many calls
  examples: The first and the last object by name
  first_time: The first call
  last_time: The last call
  event_ids: The calls, at most a hundred
tags: [T1486, T1485, T1490, impact]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: kms-danger, params: {}}
  - {runbook: s3-volumes, params: {bucket: bucket}}
*/
WITH calls AS (
    SELECT event_time, event_id, event_name, error_code, recipient_account_id,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS who, user_access_key_id,
        source_ip_address, field('requestParameters.bucketName') AS bucket,
        field('requestParameters.key') AS object,
        field('requestParameters.VersioningConfiguration.Status') AS versioning,
        coalesce(field('requestParameters.x-amz-server-side-encryption-customer-algorithm'),
            field('additionalEventData.SSEApplied')) AS encryption,
        field('requestParameters.x-amz-server-side-encryption-aws-kms-key-id') AS kms_key
    FROM events
    WHERE event_source = 's3.amazonaws.com' AND event_name IN ('PutBucketVersioning', 'PutBucketLifecycle',
        'PutBucketLifecycleConfiguration', 'PutBucketEncryption', 'PutObject', 'CopyObject', 'UploadPart',
        'UploadPartCopy', 'DeleteObject', 'DeleteObjects')),
settings AS (
    SELECT event_id,
        array_join(field_any('requestParameters.LifecycleConfiguration.Rule.Expiration.Days'), ' ') AS days,
        array_join(field_any('requestParameters.ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID'), ' ')
            AS kms_keys
    FROM events
    WHERE event_source = 's3.amazonaws.com' AND event_name IN ('PutBucketLifecycle',
        'PutBucketLifecycleConfiguration', 'PutBucketEncryption')),
judged AS (
    SELECT c.event_time, c.event_id, c.error_code, c.recipient_account_id, c.who, c.user_access_key_id,
        c.source_ip_address, c.bucket, c.object,
        CASE WHEN c.versioning = 'Suspended' THEN 'versions suspended'
            WHEN regexp_like(s.days, '(^| )[1-7]( |$)') THEN 'objects expire within a week'
            WHEN c.encryption IN ('AES256', 'SSE_C') AND c.event_name IN ('PutObject', 'CopyObject',
                'UploadPart', 'UploadPartCopy') THEN 'encrypted with the caller''s own key'
            WHEN split_part(coalesce(c.kms_key, s.kms_keys), ':', 5) <> c.recipient_account_id
                AND starts_with(coalesce(c.kms_key, s.kms_keys), 'arn:')
                THEN 'encrypted with another account''s key'
            WHEN c.event_name = 'PutObject' AND regexp_like(c.object,
                '(?i)(read.?me|restore|recover|decrypt|ransom|warning|how.?to).*\.(txt|html?|md)$')
                THEN 'a note'
            WHEN c.event_name IN ('DeleteObject', 'DeleteObjects') THEN 'objects deleted in bulk' END AS what
    FROM calls AS c LEFT JOIN settings AS s ON s.event_id = c.event_id),
grouped AS (
    SELECT what, bucket, coalesce(error_code, 'done') AS outcome, min(recipient_account_id) AS account,
        max(who) AS who, user_access_key_id AS access_key_id, source_ip_address, count(*) AS events,
        min(object) AS first_object, max(object) AS last_object,
        min(event_time) AS first_time, max(event_time) AS last_time,
        array_join(slice(array_agg(event_id ORDER BY event_time, event_id), 1, 100), ', ') AS event_ids
    FROM judged WHERE what IS NOT NULL
    GROUP BY what, bucket, coalesce(error_code, 'done'), user_access_key_id, source_ip_address,
        date_trunc('hour', event_time))
SELECT what, bucket, outcome, account, who, access_key_id, source_ip_address, events,
    CASE WHEN first_object = last_object THEN first_object
        ELSE first_object || ' … ' || last_object END AS examples,
    first_time, last_time, event_ids
FROM grouped
WHERE what <> 'objects deleted in bulk' OR events >= :deletes
ORDER BY first_time, what, bucket
