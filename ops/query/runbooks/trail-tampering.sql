/*
name: trail-tampering
number: 35
title: Who laid hands on the trail, its bucket or its key
question: >-
  Did anybody try to stop, delete, weaken or redirect CloudTrail, or to change the bucket and the
  key that keep its logs? Attempts that were denied count. The bucket and the key are those of the
  landing-zone file (--config), those that trails name when they are made or changed, and those
  that CloudTrail itself writes with.
params:
  - {name: bucket, type: string, meaning: a further bucket that keeps logs}
columns:
  event_time: When
  what: What was tried, in words
  outcome: Done, or the error that stopped it
  account: The account that recorded it
  region: The region
  event_name: The action
  target: The trail, bucket or key
  user_arn: Who
  access_key_id: With which access key
  source_ip_address: From where
  user_agent: With what
  event_id: The event
tags: [T1562.008, T1485, cis-3.1, defense-evasion]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: key-activity, params: {key: access_key_id}}
*/
WITH buckets AS (
    SELECT DISTINCT field('requestParameters.s3BucketName') AS bucket
    FROM events
    WHERE event_source = 'cloudtrail.amazonaws.com' AND error_code IS NULL
        AND event_name IN ('CreateTrail', 'UpdateTrail')),
keys AS (
    SELECT DISTINCT k.arn
    FROM (SELECT DISTINCT field_any('resources.ARN') AS arns
        FROM events
        WHERE event_source = 'kms.amazonaws.com' AND event_name = 'GenerateDataKey'
            AND user_invoked_by = 'cloudtrail.amazonaws.com') AS written
    CROSS JOIN UNNEST(written.arns) AS k(arn)),
suspects AS (
    SELECT event_time, event_source, event_name, error_code, recipient_account_id, aws_region,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn, user_access_key_id,
        source_ip_address, user_agent, event_id,
        coalesce(field('requestParameters.bucketName'), field('requestParameters.keyId'),
            field('requestParameters.name'), field('requestParameters.trailName'),
            field('requestParameters.eventDataStore')) AS target,
        CASE event_name
            WHEN 'StopLogging' THEN 'stop the trail'
            WHEN 'DeleteTrail' THEN 'delete the trail'
            WHEN 'UpdateTrail' THEN 'change the trail'
            WHEN 'PutEventSelectors' THEN 'change what the trail records'
            WHEN 'PutInsightSelectors' THEN 'change what the trail looks out for'
            WHEN 'StopEventDataStoreIngestion' THEN 'stop an event data store'
            WHEN 'DeleteEventDataStore' THEN 'delete an event data store'
            WHEN 'UpdateEventDataStore' THEN 'change an event data store'
            WHEN 'DeregisterOrganizationDelegatedAdmin' THEN 'remove the delegated administrator'
            WHEN 'DeleteBucket' THEN 'delete the log bucket'
            WHEN 'PutBucketPolicy' THEN 'change who may use the log bucket'
            WHEN 'DeleteBucketPolicy' THEN 'change who may use the log bucket'
            WHEN 'PutBucketAcl' THEN 'change who may use the log bucket'
            WHEN 'PutBucketPublicAccessBlock' THEN 'change who may use the log bucket'
            WHEN 'DeleteBucketPublicAccessBlock' THEN 'change who may use the log bucket'
            WHEN 'PutBucketLifecycle' THEN 'let the log bucket delete its files'
            WHEN 'PutBucketLifecycleConfiguration' THEN 'let the log bucket delete its files'
            WHEN 'PutBucketVersioning' THEN 'change the log bucket''s versions'
            WHEN 'PutBucketObjectLockConfiguration' THEN 'change the log bucket''s lock'
            WHEN 'PutObjectLockConfiguration' THEN 'change the log bucket''s lock'
            WHEN 'PutBucketLogging' THEN 'change the log bucket''s access log'
            WHEN 'PutBucketEncryption' THEN 'change the log bucket''s encryption'
            WHEN 'DeleteBucketEncryption' THEN 'change the log bucket''s encryption'
            WHEN 'PutBucketReplication' THEN 'copy the log bucket elsewhere'
            WHEN 'PutBucketNotification' THEN 'change whom the log bucket tells'
            WHEN 'DeleteObject' THEN 'delete a log file'
            WHEN 'DeleteObjects' THEN 'delete log files'
            WHEN 'PutObject' THEN 'write into the log bucket'
            WHEN 'DisableKey' THEN 'disable the log key'
            WHEN 'ScheduleKeyDeletion' THEN 'delete the log key'
            WHEN 'PutKeyPolicy' THEN 'change who may use the log key'
            WHEN 'DeleteImportedKeyMaterial' THEN 'delete the log key'
            WHEN 'RevokeGrant' THEN 'change who may use the log key' END AS what
    FROM events
    WHERE coalesce(user_invoked_by, '') <> 'cloudtrail.amazonaws.com'
        AND event_source IN ('cloudtrail.amazonaws.com', 's3.amazonaws.com', 'kms.amazonaws.com')
        AND event_name IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors',
            'PutInsightSelectors', 'StopEventDataStoreIngestion', 'DeleteEventDataStore',
            'UpdateEventDataStore', 'DeregisterOrganizationDelegatedAdmin', 'DeleteBucket',
            'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'PutBucketPublicAccessBlock',
            'DeleteBucketPublicAccessBlock', 'PutBucketLifecycle', 'PutBucketLifecycleConfiguration',
            'PutBucketVersioning', 'PutBucketObjectLockConfiguration', 'PutObjectLockConfiguration',
            'PutBucketLogging', 'PutBucketEncryption', 'DeleteBucketEncryption',
            'PutBucketReplication', 'PutBucketNotification', 'DeleteObject', 'DeleteObjects',
            'PutObject', 'DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy',
            'DeleteImportedKeyMaterial', 'RevokeGrant'))
SELECT s.event_time, s.what, coalesce(s.error_code, 'done') AS outcome,
    s.recipient_account_id AS account, s.aws_region AS region, s.event_name, s.target, s.user_arn,
    s.user_access_key_id AS access_key_id, s.source_ip_address, s.user_agent, s.event_id
FROM suspects AS s
WHERE s.event_source = 'cloudtrail.amazonaws.com'
    OR s.event_source = 's3.amazonaws.com' AND (s.target IN (SELECT bucket FROM buckets)
        OR contains(site_list('archive_buckets'), s.target) OR s.target = :bucket)
    OR s.event_source = 'kms.amazonaws.com' AND (s.target IN (SELECT arn FROM keys)
        OR cardinality(filter(site_list('archive_keys'), k -> starts_with(s.target, k))) > 0)
ORDER BY s.event_time, s.event_id
