/*
name: kms-danger
number: 33
title: Keys in danger, and who decrypts for the first time
question: >-
  Was a key disabled, scheduled for deletion, given to others or robbed of its material? And which
  principal decrypted data, secrets or parameters without having done so in the days before?
  Without --since the first days of the history are those to compare with.
params:
  - {name: baseline, type: int, default: 14, meaning: how many days before --since to compare with}
columns:
  what: What was done, in words
  target: The key, or what was decrypted
  outcome: Done, or the error
  account: The account
  region: The region
  who: Who, sessions as their role
  access_key_id: With which access key
  source_ip_address: From where
  events: How many calls
  first_time: The first call
  last_time: The last call
  event_id: The first event
rules: [cmk-disable-or-deletion]
looks_back: baseline
tags: [T1485, T1486, T1098, cis-4.7, impact]
next:
  - {runbook: resource-history, params: {resource: target}}
  - {runbook: session-chain, params: {key: access_key_id}}
*/
WITH calls AS (
    SELECT event_time, event_id, event_source, event_name, error_code, recipient_account_id, aws_region,
        coalesce(session_issuer_arn, user_arn, user_principal_id, user_invoked_by) AS who,
        user_access_key_id, source_ip_address,
        CASE event_name
            WHEN 'ScheduleKeyDeletion' THEN 'scheduled for deletion'
            WHEN 'DisableKey' THEN 'disabled'
            WHEN 'PutKeyPolicy' THEN 'a new key policy'
            WHEN 'DeleteImportedKeyMaterial' THEN 'its material deleted'
            WHEN 'ImportKeyMaterial' THEN 'material of the caller''s own'
            WHEN 'DeleteAlias' THEN 'its alias deleted'
            WHEN 'UpdateAlias' THEN 'its alias moved'
            WHEN 'DisableKeyRotation' THEN 'its rotation stopped'
            WHEN 'DeleteCustomKeyStore' THEN 'a key store deleted'
            ELSE 'decrypts for the first time' END AS what,
        coalesce(field('requestParameters.keyId'), field('requestParameters.aliasName'),
            field('requestParameters.secretId'), field('requestParameters.name'),
            field('requestParameters.path'), field('requestParameters.encryptionContext.aws:s3:arn'),
            nullif(array_join(field_any('resources.ARN'), ', '), '')) AS target,
        coalesce(field('requestParameters.withDecryption'), 'true') AS with_decryption
    FROM events
    WHERE event_source IN ('kms.amazonaws.com', 'secretsmanager.amazonaws.com', 'ssm.amazonaws.com')
        AND event_name IN ('ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy',
            'DeleteImportedKeyMaterial', 'ImportKeyMaterial', 'DeleteAlias', 'UpdateAlias',
            'DisableKeyRotation', 'DeleteCustomKeyStore', 'Decrypt', 'ReEncrypt', 'GetSecretValue',
            'BatchGetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath',
            'GetParameterHistory')),
firsts AS (
    SELECT who, min(event_time) AS first_time
    FROM calls WHERE what = 'decrypts for the first time' AND with_decryption = 'true' AND error_code IS NULL
        AND starts_with(who, 'arn:')
    GROUP BY who),
beginning AS (SELECT min(event_time) AS began FROM events),
novices AS (
    SELECT f.who FROM firsts AS f CROSS JOIN beginning AS b
    WHERE f.first_time >= :since
        AND (b.began < :since
            OR date_diff('second', b.began, f.first_time) >= 86400 * CAST(:baseline AS BIGINT))),
found AS (
    SELECT what, target, coalesce(error_code, 'done') AS outcome, recipient_account_id AS account,
        aws_region AS region, who, user_access_key_id AS access_key_id, source_ip_address, 1 AS events,
        event_time AS first_time, event_time AS last_time, event_id
    FROM calls
    WHERE what <> 'decrypts for the first time' AND event_time >= :since
    UNION ALL
    SELECT what, min(target) AS target, 'done' AS outcome, min(recipient_account_id) AS account,
        min(aws_region) AS region, who, user_access_key_id AS access_key_id, min(source_ip_address) AS source_ip_address,
        count(*) AS events, min(event_time) AS first_time, max(event_time) AS last_time,
        min_by(event_id, event_time) AS event_id
    FROM calls
    WHERE what = 'decrypts for the first time' AND with_decryption = 'true' AND error_code IS NULL
        AND event_time >= :since
        AND who IN (SELECT who FROM novices)
    GROUP BY what, who, user_access_key_id)
SELECT what, target, outcome, account, region, who, access_key_id, source_ip_address, events,
    first_time, last_time, event_id
FROM found
ORDER BY first_time, event_id
