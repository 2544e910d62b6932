/*
name: root-activity
number: 2
title: What root users did
question: >-
  Did anybody use a root user: sign in, ask for its password, or call an API with its keys?
columns:
  event_time: When
  what: Whether it was a sign-in, a password or a call
  event_name: The action
  outcome: Success, Failure, done, or the error
  mfa: Whether a second factor was used, for sign-ins
  account: Whose root user
  user_arn: That user
  region: The region
  source_ip_address: From where
  country: The address's country, if --ip-info knows it
  user_agent: With what
  event_id: The event
rules: [root-usage]
tags: [T1078.004, cis-4.3, root]
next:
  - {runbook: actor-timeline, params: {actor: user_arn}}
*/
SELECT e.event_time,
    CASE WHEN e.event_name = 'ConsoleLogin' THEN 'sign-in'
        WHEN e.event_type = 'AwsConsoleSignIn' THEN 'password'
        ELSE 'call' END AS what,
    e.event_name,
    coalesce(e.field('responseElements.ConsoleLogin'), e.error_code, 'done') AS outcome,
    e.field('additionalEventData.MFAUsed') AS mfa,
    e.recipient_account_id AS account, e.user_arn, e.aws_region AS region, e.source_ip_address, i.country,
    e.user_agent, e.event_id
FROM events AS e LEFT JOIN ip_info AS i ON i.source_ip_address = e.source_ip_address
WHERE e.user_type = 'Root' AND e.user_invoked_by IS NULL
    AND coalesce(e.event_type, '') <> 'AwsServiceEvent'
ORDER BY e.event_time, e.event_id
