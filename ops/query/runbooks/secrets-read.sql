/*
name: secrets-read
number: 19
title: Secrets read in bulk
question: >-
  Which principal read many different secrets, decrypted parameters or machine passwords within an
  hour, or asked for all at once?
params:
  - {name: secrets, type: int, default: 10, meaning: how many different ones in an hour are too many}
columns:
  hour: The hour
  who: Who
  access_key_id: With which access key
  account: The account
  source_ip_address: From where
  secrets: How many different secrets were asked for by name
  bulk_calls: How many calls asked for several at once, or for a machine's password
  calls: How many calls in all
  denied: How many of them were refused
  names: Which, at most twenty
  first_time: The first call
  last_time: The last call
  event_ids: The calls, at most a hundred
tags: [T1555.006, T1552, credential-access]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: key-activity, params: {key: access_key_id}}
*/
WITH reads AS (
    SELECT date_trunc('hour', event_time) AS hour, event_time, event_id, event_name, error_code,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS who, user_access_key_id,
        recipient_account_id, source_ip_address,
        coalesce(field('requestParameters.secretId'), field('requestParameters.name'),
            field('requestParameters.path'), field('requestParameters.instanceId')) AS name
    FROM events
    WHERE event_name IN ('GetSecretValue', 'BatchGetSecretValue', 'GetPasswordData', 'GetParameter',
            'GetParameters', 'GetParametersByPath')
        AND (event_source = 'secretsmanager.amazonaws.com' AND event_name IN ('GetSecretValue', 'BatchGetSecretValue')
            OR event_source = 'ec2.amazonaws.com' AND event_name = 'GetPasswordData'
            OR event_source = 'ssm.amazonaws.com' AND event_name IN ('GetParameter', 'GetParameters', 'GetParametersByPath')
                AND field('requestParameters.withDecryption') = 'true')),
hours AS (
    SELECT hour, max(who) AS who, user_access_key_id AS access_key_id, min(recipient_account_id) AS account,
        source_ip_address, count(DISTINCT name) AS secrets,
        count_if(event_name IN ('BatchGetSecretValue', 'GetParametersByPath', 'GetPasswordData')) AS bulk_calls,
        count(*) AS calls, count_if(error_code IS NOT NULL) AS denied,
        array_join(slice(array_sort(array_agg(DISTINCT name)), 1, 20), ', ') AS names,
        min(event_time) AS first_time, max(event_time) AS last_time,
        array_join(slice(array_agg(event_id ORDER BY event_time, event_id), 1, 100), ', ') AS event_ids
    FROM reads GROUP BY hour, user_access_key_id, source_ip_address)
SELECT hour, who, access_key_id, account, source_ip_address, secrets, bulk_calls, calls, denied, names,
    first_time, last_time, event_ids
FROM hours
WHERE secrets >= :secrets OR bulk_calls > 0
ORDER BY first_time, access_key_id
