/*
name: first-seen
number: 9
title: New principals, and new actions and addresses of known ones
question: >-
  Who acts for the first time, and which known principal does something, or comes from somewhere,
  for the first time? Compared with the days before --since. Sessions count as their role.
params:
  - {name: baseline, type: int, default: 14, meaning: how many days before --since to compare with}
columns:
  kind: What is new of it, the principal itself or its action or address
  principal: The user, role or service
  value: The new action or address
  country: The new address's country, if --ip-info knows it
  first_time: When it was first seen
  events: How often since
  failed: How often that failed
  accounts: In which accounts
  event_id: The first event
looks_back: baseline
since: 1d
tags: [T1078, anomaly]
next:
  - {runbook: actor-timeline, params: {actor: principal}}
*/
WITH terms AS (
    SELECT k.kind, coalesce(e.session_issuer_arn, e.user_arn, e.user_principal_id, e.user_invoked_by) AS principal,
        CASE k.kind WHEN 'action' THEN e.event_source || ' ' || e.event_name
            WHEN 'address' THEN e.source_ip_address ELSE '' END AS value,
        e.event_time, e.event_id, e.error_code, e.recipient_account_id
    FROM events AS e CROSS JOIN (VALUES ('principal'), ('action'), ('address')) AS k(kind)
    WHERE e.event_time IS NOT NULL AND coalesce(e.event_category, 'Management') <> 'Insight'
        AND (k.kind <> 'address' OR regexp_like(e.source_ip_address, '^[0-9a-f:.]+$'))),
seen AS (
    SELECT kind, principal, value, min(event_time) AS first_time, count(*) AS events,
        count_if(error_code IS NOT NULL) AS failed, min_by(event_id, event_time) AS event_id,
        array_join(slice(array_sort(array_agg(DISTINCT recipient_account_id)), 1, 10), ', ') AS accounts
    FROM terms WHERE principal IS NOT NULL AND value IS NOT NULL GROUP BY kind, principal, value)
SELECT s.kind, s.principal, s.value, i.country, s.first_time, s.events, s.failed, s.accounts, s.event_id
FROM seen AS s JOIN seen AS p ON p.kind = 'principal' AND p.principal = s.principal
LEFT JOIN ip_info AS i ON i.source_ip_address = s.value
WHERE s.first_time >= :since AND (s.kind = 'principal' OR p.first_time < :since)
ORDER BY s.first_time, s.kind, s.principal, s.value
