/*
name: actor-timeline
number: 1
title: Everything one actor did, in order
question: >-
  What did this user, role, session or key do, from where, and what failed?
params:
  - name: actor
    type: string
    required: true
    meaning: an ARN, a user's, role's or session's name, an access key, or a source identity
columns:
  event_time: When
  event_source: The service
  event_name: The action
  outcome: Done, or the error
  account: The account that recorded it
  region: The region
  read_only: Whether it changes nothing
  user_arn: Who, in full
  access_key_id: With which access key
  source_ip_address: From where
  user_agent: With what
  event_id: The event
view: timeline
tags: [T1078, who-did-what]
next:
  - {runbook: key-activity, params: {key: access_key_id}}
  - {runbook: session-chain, params: {key: access_key_id}}
*/
SELECT event_time, event_source, event_name, coalesce(error_code, 'done') AS outcome,
    recipient_account_id AS account, aws_region AS region, read_only, user_arn,
    user_access_key_id AS access_key_id, source_ip_address, user_agent, event_id
FROM events
WHERE user_arn = :actor OR user_name = :actor OR user_access_key_id = :actor
    OR user_principal_id = :actor OR split_part(user_principal_id, ':', 2) = :actor
    OR session_issuer_arn = :actor OR source_identity = :actor
    OR user_type = 'AssumedRole' AND split_part(user_arn, '/', 2) = :actor
ORDER BY event_time, event_id
