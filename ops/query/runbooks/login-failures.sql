/*
name: login-failures
number: 5
title: Guessed passwords, and where guessing succeeded
question: >-
  From which addresses did sign-ins fail in bursts, for which names, and who then got in from
  there? Failures less than an hour apart are one burst.
params:
  - {name: failures, type: int, default: 5, meaning: how many failures make a burst}
columns:
  source_ip_address: From where
  country: The address's country, if --ip-info knows it
  first_failure: When the burst began
  last_failure: When it ended
  failures: How many sign-ins failed
  names: For which users, at most ten; AWS hides names that do not exist
  accounts: In which accounts
  succeeded_at: When somebody first got in from there, within a day of the burst
  succeeded_as: As whom
  event_ids: The failures, at most a hundred
rules: [authentication-failures]
tags: [T1110.003, cis-4.6, sign-in]
next:
  - {runbook: actor-timeline, params: {actor: succeeded_as}}
*/
WITH tries AS (
    SELECT event_time, event_id, source_ip_address, recipient_account_id,
        coalesce(user_name, user_arn, user_principal_id) AS name, coalesce(user_arn, user_name) AS who,
        field('responseElements.ConsoleLogin') AS result
    FROM events
    WHERE event_source = 'signin.amazonaws.com' AND event_name = 'ConsoleLogin'
        AND source_ip_address IS NOT NULL),
gaps AS (
    SELECT event_time, event_id, source_ip_address, recipient_account_id, name,
        CASE WHEN date_diff('second', lag(event_time) OVER (
            PARTITION BY source_ip_address ORDER BY event_time, event_id), event_time) < 3600
            THEN 0 ELSE 1 END AS begins
    FROM tries WHERE result = 'Failure'),
numbered AS (
    SELECT event_time, event_id, source_ip_address, recipient_account_id, name,
        sum(begins) OVER (PARTITION BY source_ip_address ORDER BY event_time, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS burst
    FROM gaps),
bursts AS (
    SELECT source_ip_address, burst, min(event_time) AS first_failure, max(event_time) AS last_failure,
        count(*) AS failures,
        array_join(slice(array_sort(array_agg(DISTINCT name)), 1, 10), ', ') AS names,
        array_join(array_sort(array_agg(DISTINCT recipient_account_id)), ', ') AS accounts,
        array_join(slice(array_agg(event_id ORDER BY event_time, event_id), 1, 100), ', ') AS event_ids
    FROM numbered GROUP BY source_ip_address, burst),
entries AS (
    SELECT b.source_ip_address, b.burst, min(t.event_time) AS succeeded_at,
        min_by(t.who, t.event_time) AS succeeded_as
    FROM bursts AS b JOIN tries AS t ON t.source_ip_address = b.source_ip_address
    WHERE t.result = 'Success' AND t.event_time >= b.first_failure
        AND t.event_time < b.last_failure + INTERVAL '1' DAY
    GROUP BY b.source_ip_address, b.burst)
SELECT b.source_ip_address, i.country, b.first_failure, b.last_failure, b.failures, b.names,
    b.accounts, s.succeeded_at, s.succeeded_as, b.event_ids
FROM bursts AS b
LEFT JOIN entries AS s ON s.source_ip_address = b.source_ip_address AND s.burst = b.burst
LEFT JOIN ip_info AS i ON i.source_ip_address = b.source_ip_address
WHERE b.failures >= :failures
ORDER BY b.first_failure, b.source_ip_address
