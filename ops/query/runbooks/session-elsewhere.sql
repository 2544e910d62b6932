/*
name: session-elsewhere
number: 13
title: Sessions used from more than one place
question: >-
  Which temporary credentials were used from several addresses, as stolen ones are? Addresses of
  AWS services do not count: a service calls with the session it was handed.
params:
  - {name: addresses, type: int, default: 2, meaning: from how many addresses at least}
columns:
  access_key_id: The session's access key
  who: Whose session
  account: Its account
  addresses: How many addresses
  from_where: Which, in order of first use, at most ten
  countries: Their countries, if --ip-info knows them
  networks: Their networks, likewise
  user_agents: How many user agents
  first_used: The session's first use
  moved_at: The first use from a second address
  last_used: The last use
  events: How many calls
  event_id: The first event from the second address
tags: [T1550.001, T1552.005, credential-compromise]
next:
  - {runbook: key-activity, params: {key: access_key_id}}
  - {runbook: session-chain, params: {key: access_key_id}}
*/
WITH places AS (
    SELECT e.user_access_key_id, e.source_ip_address, max(coalesce(e.user_arn, e.user_principal_id)) AS who,
        min(e.user_account_id) AS account, max(i.country) AS country, max(i.asn) AS asn,
        array_agg(DISTINCT e.user_agent) AS user_agents, min(e.event_time) AS first_use,
        max(e.event_time) AS last_use, count(*) AS events, min_by(e.event_id, e.event_time) AS event_id
    FROM events AS e LEFT JOIN ip_info AS i ON i.source_ip_address = e.source_ip_address
    WHERE starts_with(e.user_access_key_id, 'ASIA') AND e.event_time IS NOT NULL
        AND regexp_like(e.source_ip_address, '^[0-9a-fA-F:.]+$')
    GROUP BY e.user_access_key_id, e.source_ip_address),
ranked AS (
    SELECT user_access_key_id, source_ip_address, who, account, country, asn, user_agents, first_use,
        last_use, events, event_id, row_number() OVER (
            PARTITION BY user_access_key_id ORDER BY first_use, source_ip_address) AS place
    FROM places),
sessions_used AS (
    SELECT user_access_key_id AS access_key_id, max(who) AS who, min(account) AS account,
        count(*) AS addresses,
        array_join(slice(array_agg(source_ip_address ORDER BY place), 1, 10), ', ') AS from_where,
        array_join(array_sort(array_agg(DISTINCT country)), ', ') AS countries,
        array_join(array_sort(array_agg(DISTINCT asn)), ', ') AS networks,
        cardinality(array_distinct(flatten(array_agg(user_agents)))) AS user_agents,
        min(first_use) AS first_used, min(CASE WHEN place = 2 THEN first_use END) AS moved_at,
        max(last_use) AS last_used, sum(events) AS events,
        min(CASE WHEN place = 2 THEN event_id END) AS event_id
    FROM ranked GROUP BY user_access_key_id)
SELECT access_key_id, who, account, addresses, from_where, countries, networks, user_agents,
    first_used, moved_at, last_used, events, event_id
FROM sessions_used
WHERE addresses >= :addresses
ORDER BY moved_at, access_key_id
