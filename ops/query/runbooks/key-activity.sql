/*
name: key-activity
number: 12
title: Everything one access key did
question: >-
  Whose is this access key, from where was it used, with what, and for what?
  A row for each address and user agent: a stranger shows as a row of its own.
params:
  - {name: key, type: key, required: true, meaning: the access key id}
columns:
  access_key_id: The key asked about
  user_arn: Whom it belongs to
  account: The account that recorded its use
  source_ip_address: From where it was used
  country: The address's country, if --ip-info knows it
  asn: The address's network, likewise
  user_agent: With what, as the caller says
  first_seen: The first use from there
  last_seen: The last one
  events: How many calls
  errors: How many of them failed
  regions: In which regions
  actions: Which actions, the most frequent first, at most twelve
tags: [T1078.004, credential-compromise]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
*/
WITH used AS (
    SELECT e.source_ip_address, e.user_agent, e.event_name, count(*) AS calls,
        count_if(e.error_code IS NOT NULL) AS failed, min(e.event_time) AS first_call,
        max(e.event_time) AS last_call, array_agg(DISTINCT e.aws_region) AS regions,
        min(e.user_access_key_id) AS access_key_id, max(e.user_arn) AS user_arn,
        min(e.recipient_account_id) AS account
    FROM events AS e
    WHERE e.user_access_key_id = :key
    GROUP BY e.source_ip_address, e.user_agent, e.event_name)
SELECT min(u.access_key_id) AS access_key_id, max(u.user_arn) AS user_arn, min(u.account) AS account,
    u.source_ip_address, max(i.country) AS country, max(i.asn) AS asn, u.user_agent,
    min(u.first_call) AS first_seen, max(u.last_call) AS last_seen, sum(u.calls) AS events,
    sum(u.failed) AS errors,
    array_join(array_sort(array_distinct(flatten(array_agg(u.regions)))), ', ') AS regions,
    array_join(slice(array_agg(u.event_name ORDER BY u.calls DESC, u.event_name), 1, 12), ', ') AS actions
FROM used AS u LEFT JOIN ip_info AS i ON i.source_ip_address = u.source_ip_address
GROUP BY u.source_ip_address, u.user_agent
ORDER BY first_seen
