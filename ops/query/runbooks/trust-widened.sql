/*
name: trust-widened
number: 22
title: Roles that strangers may assume
question: >-
  Whose trust policy now lets everybody, or an account that is not ours, assume the role? Ours are
  the accounts of the landing-zone file (--config), and those that the history has events of.
columns:
  event_time: When
  why: Everybody, or the accounts that are not ours
  outcome: Done, or the error
  account: The role's account
  role: The role's name
  conditional: Whether the policy holds a condition
  event_name: The action
  user_arn: Who changed it
  access_key_id: With which access key
  source_ip_address: From where
  policy: The trust policy, its first 2000 characters
  event_id: The event
rules: [iam-policy-changes]
tags: [T1098.003, T1199, cis-4.4, privilege-escalation]
next:
  - {runbook: role-map, params: {}}
  - {runbook: resource-history, params: {resource: role}}
  - {runbook: key-activity, params: {key: access_key_id}}
*/
WITH own AS (
    SELECT array_agg(DISTINCT recipient_account_id) AS accounts
    FROM events WHERE recipient_account_id IS NOT NULL),
policies AS (
    SELECT event_time, event_id, event_name, error_code, recipient_account_id,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn, user_access_key_id,
        source_ip_address, field('requestParameters.roleName') AS role,
        coalesce(field('requestParameters.policyDocument'),
            field('requestParameters.assumeRolePolicyDocument')) AS policy
    FROM events
    WHERE event_source = 'iam.amazonaws.com' AND event_name IN ('UpdateAssumeRolePolicy', 'CreateRole')),
read AS (
    SELECT p.event_time, p.event_id, p.event_name, p.error_code, p.recipient_account_id, p.user_arn,
        p.user_access_key_id, p.source_ip_address, p.role, p.policy,
        regexp_like(p.policy, '"(AWS|Principal)"\s*:\s*(\[[^\]]*)?"\*"') AS everybody,
        filter(array_distinct(regexp_extract_all(p.policy,
                '"(?:arn:[a-z-]+:(?:iam|sts)::)?([0-9]{12})[":]', 1)),
            a -> NOT contains(own.accounts, a) AND NOT contains(site_list('own_accounts'), a)) AS strangers
    FROM policies AS p CROSS JOIN own)
SELECT event_time,
    CASE WHEN everybody THEN 'everybody' ELSE array_join(array_sort(strangers), ', ') END AS why,
    coalesce(error_code, 'done') AS outcome, recipient_account_id AS account, role,
    regexp_like(policy, '"Condition"') AS conditional, event_name, user_arn,
    user_access_key_id AS access_key_id, source_ip_address, substr(policy, 1, 2000) AS policy, event_id
FROM read
WHERE everybody OR cardinality(strangers) > 0
ORDER BY event_time, event_id
