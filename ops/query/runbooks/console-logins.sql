/*
name: console-logins
number: 3
title: Sign-ins to the console
question: >-
  Who signed in to the console, or tried to, from where, and with a second factor? Of people who
  come from an identity provider AWS does not know whether they used one.
columns:
  event_time: When
  result: Success or Failure
  mfa: Yes, No, or that the identity provider decides
  who: The user, role session or root; hidden where no such user exists
  user_type: What kind of identity
  account: The account
  region: The region that recorded it
  source_ip_address: From where
  country: The address's country, if --ip-info knows it
  asn: The address's network, likewise
  user_agent: With which browser
  reason: Why it failed
  event_id: The event
tags: [T1078.004, sign-in]
next:
  - {runbook: login-failures, params: {}}
  - {runbook: actor-timeline, params: {actor: who}}
*/
SELECT e.event_time, e.field('responseElements.ConsoleLogin') AS result,
    CASE WHEN e.user_type IN ('IAMUser', 'Root') THEN e.field('additionalEventData.MFAUsed')
        ELSE 'the identity provider decides' END AS mfa,
    coalesce(e.user_arn, e.user_name, e.user_principal_id) AS who, e.user_type,
    e.recipient_account_id AS account, e.aws_region AS region, e.source_ip_address, i.country, i.asn,
    e.user_agent, e.error_message AS reason, e.event_id
FROM events AS e LEFT JOIN ip_info AS i ON i.source_ip_address = e.source_ip_address
WHERE e.event_source = 'signin.amazonaws.com' AND e.event_name = 'ConsoleLogin'
ORDER BY e.event_time, e.event_id
