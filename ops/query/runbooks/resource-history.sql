/*
name: resource-history
number: 38
title: Everything that touched a resource
question: >-
  Which events name this ARN, id or name anywhere in their record, and what did each change ask
  for, next to what the same kind of change asked for before?
params:
  - {name: resource, type: string, required: true, meaning: "an ARN, id or name, as the record spells it"}
  - {name: kind, type: string, default: changes, meaning: "changes, or all: calls that change nothing, too"}
columns:
  event_time: When
  event_source: The service
  event_name: The action
  outcome: Done, or the error
  account: The account
  region: The region
  user_arn: Who
  access_key_id: With which access key
  source_ip_address: From where
  request: What was asked for, its first 1000 characters
  answer: What was answered, likewise
  request_before: What the last successful event of this name had asked for
  event_id: The event
tags: [T1578, resource-history]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: actor-timeline, params: {actor: user_arn}}
*/
WITH touched AS (
    SELECT event_time, event_id, event_source, event_name, error_code, recipient_account_id, aws_region,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn, user_access_key_id,
        source_ip_address, substr(request_parameters, 1, 1000) AS request,
        substr(response_elements, 1, 1000) AS answer,
        CASE WHEN error_code IS NULL THEN 0 ELSE 1 END AS failed
    FROM events
    WHERE mentions(:resource) AND (:kind = 'all' OR NOT coalesce(read_only, false)))
SELECT event_time, event_source, event_name, coalesce(error_code, 'done') AS outcome,
    recipient_account_id AS account, aws_region AS region, user_arn,
    user_access_key_id AS access_key_id, source_ip_address, request, answer,
    lag(request) OVER (PARTITION BY event_source, event_name, failed ORDER BY event_time, event_id)
        AS request_before,
    event_id
FROM touched
ORDER BY event_time, event_id
