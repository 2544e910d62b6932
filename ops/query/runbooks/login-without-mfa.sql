/*
name: login-without-mfa
number: 4
title: Sign-ins without a second factor
question: >-
  Which users, and which root users, got into the console with a password alone? People who come
  from an identity provider are left out: it checks the second factor, and AWS always says No.
columns:
  event_time: When
  user_type: IAMUser or Root
  user_arn: Who
  account: The account
  region: The region that recorded it
  source_ip_address: From where
  country: The address's country, if --ip-info knows it
  user_agent: With which browser
  event_id: The event
rules: [sign-in-without-mfa]
tags: [T1078.004, cis-4.2, sign-in]
next:
  - {runbook: actor-timeline, params: {actor: user_arn}}
*/
SELECT e.event_time, e.user_type, e.user_arn, e.recipient_account_id AS account,
    e.aws_region AS region, e.source_ip_address, i.country, e.user_agent, e.event_id
FROM events AS e LEFT JOIN ip_info AS i ON i.source_ip_address = e.source_ip_address
WHERE e.event_source = 'signin.amazonaws.com' AND e.event_name = 'ConsoleLogin'
    AND e.user_type IN ('IAMUser', 'Root')
    AND e.field('responseElements.ConsoleLogin') = 'Success'
    AND coalesce(e.field('additionalEventData.MFAUsed'), 'No') <> 'Yes'
ORDER BY e.event_time, e.event_id
