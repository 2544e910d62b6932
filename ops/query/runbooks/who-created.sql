/*
name: who-created
number: 39
title: Who made this
question: >-
  Which call made the resource with this id, name or ARN: which machine, user, key, bucket? Looks into every answer and request of a successful call that makes things.
params:
  - {name: id, type: string, required: true, meaning: "an id, a name or an ARN, whole"}
columns:
  event_time: When
  event_name: The action
  account: The account
  region: The region
  user_arn: Who
  access_key_id: With which access key
  source_ip_address: From where
  user_agent: With what
  request: What was asked for, its first 1000 characters
  answer: What was answered, likewise
  event_id: The event
tags: [T1578.002, resource-history]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: actor-timeline, params: {actor: user_arn}}
*/
SELECT event_time, event_name, recipient_account_id AS account,
    aws_region AS region, coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn,
    user_access_key_id AS access_key_id, source_ip_address, user_agent,
    substr(request_parameters, 1, 1000) AS request, substr(response_elements, 1, 1000) AS answer, event_id
FROM events
WHERE NOT coalesce(read_only, false) AND error_code IS NULL
    AND regexp_like(event_name, '^(Create|Run|Put|Register|Allocate|Import|Copy|Restore|Launch|Request|Provision|Upload|Issue)')
    AND mentions(:id)
    AND strpos(replace(replace(coalesce(request_parameters, '') || coalesce(response_elements, ''),
            '/', '"'), ':', '"'),
        '"' || replace(replace(:id, '/', '"'), ':', '"') || '"') > 0
ORDER BY event_time, event_id
