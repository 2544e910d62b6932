/*
name: role-map
number: 7
title: Who assumes which role, across accounts
question: >-
  Which users, roles and services assumed which roles, how often, and where did that cross from
  one account into another? A call that two accounts recorded counts once.
params:
  - {name: role, type: arn, meaning: only this role}
columns:
  caller: The user, role or service that assumed it
  caller_account: Its account
  role_arn: The role
  role_account: The role's account
  cross_account: Whether these are two accounts
  calls: How often
  failed: How often it was refused
  first_time: The first time
  last_time: The last time
  addresses: From where, at most ten
  source_identities: Who was said to be behind it, at most ten
  event_id: The first event
tags: [T1550.001, lateral-movement]
next:
  - {runbook: actor-timeline, params: {actor: caller}}
*/
WITH calls AS (
    SELECT coalesce(shared_event_id, event_id) AS call_id, min(event_time) AS event_time,
        min(event_id) AS event_id, max(coalesce(session_issuer_arn, user_arn)) AS caller_arn,
        max(coalesce(user_invoked_by, user_principal_id)) AS caller_name,
        max(user_account_id) AS caller_account, max(field('requestParameters.roleArn')) AS role_arn,
        max(error_code) AS error_code, min(source_ip_address) AS source_ip_address,
        max(coalesce(source_identity, field('requestParameters.sourceIdentity'))) AS source_identity
    FROM events
    WHERE event_source = 'sts.amazonaws.com'
        AND event_name IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot')
    GROUP BY coalesce(shared_event_id, event_id)),
named AS (
    SELECT coalesce(caller_arn, caller_name) AS caller, caller_account, role_arn,
        split_part(role_arn, ':', 5) AS role_account, event_time, event_id, error_code,
        source_ip_address, source_identity
    FROM calls)
SELECT caller, max(caller_account) AS caller_account, role_arn, min(role_account) AS role_account,
    max(caller_account) IS NOT NULL AND max(caller_account) <> min(role_account) AS cross_account,
    count(*) AS calls, count_if(error_code IS NOT NULL) AS failed, min(event_time) AS first_time,
    max(event_time) AS last_time,
    array_join(slice(array_sort(array_agg(DISTINCT source_ip_address)), 1, 10), ', ') AS addresses,
    array_join(slice(array_sort(array_agg(DISTINCT source_identity)), 1, 10), ', ') AS source_identities,
    min_by(event_id, event_time) AS event_id
FROM named
WHERE (:role IS NULL OR role_arn = :role)
GROUP BY caller, role_arn
ORDER BY cross_account DESC, calls, caller, role_arn
