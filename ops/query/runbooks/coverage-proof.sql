/*
name: coverage-proof
number: 50
title: What was recorded, day by day, and what of it is proven
question: >-
  For each account, region and day: how many events and log files are there, in how many hours,
  and does ops verify vouch for them? Days without any event stand among them.
columns:
  account: The account
  region: The region
  day: The day, UTC
  verdict: Nothing recorded, pruned, tampered, not verified, partly verified or proven
  events: How many events
  hours: In how many hours of the day
  silent_since: When the last event before the longest silence of the day was
  silent_seconds: How long that was
  log_files: How many log files were delivered on the day
  valid: How many of them are proven
  invalid: How many are not what was delivered, or missing
  unverified: How many nobody has verified, or were too new then
  not_covered: How many are of kinds that no digest covers
  first_event: The first event
  last_event: The last event
tags: [cis-3.2, coverage, evidence]
next:
  - {runbook: trail-tampering, params: {}}
athena: |
  WITH ordered AS (
      SELECT recipient_account_id AS account, aws_region AS region, day, event_time, source_key,
          lag(event_time) OVER (PARTITION BY recipient_account_id, aws_region, day
              ORDER BY event_time) AS earlier
      FROM events WHERE event_time IS NOT NULL)
  SELECT account, region, day, 'not verified' AS verdict, count(*) AS events,
      count(DISTINCT date_trunc('hour', event_time)) AS hours,
      max_by(earlier, coalesce(date_diff('second', earlier, event_time), -1)) AS silent_since,
      max(date_diff('second', earlier, event_time)) AS silent_seconds,
      count(DISTINCT source_key) AS log_files, CAST(NULL AS BIGINT) AS valid,
      CAST(NULL AS BIGINT) AS invalid, CAST(NULL AS BIGINT) AS unverified,
      CAST(NULL AS BIGINT) AS not_covered,
      min(event_time) AS first_event, max(event_time) AS last_event
  FROM ordered GROUP BY account, region, day
  ORDER BY account, region, day
*/
WITH ordered AS (
    SELECT recipient_account_id AS account, aws_region AS region, day, event_time,
        lag(event_time) OVER (PARTITION BY recipient_account_id, aws_region, day
            ORDER BY event_time) AS earlier
    FROM events WHERE event_time IS NOT NULL),
silences AS (
    SELECT account, region, day, count(DISTINCT date_trunc('hour', event_time)) AS hours,
        max_by(earlier, coalesce(date_diff('second', earlier, event_time), -1)) AS silent_since,
        max(date_diff('second', earlier, event_time)) AS silent_seconds
    FROM ordered GROUP BY account, region, day)
SELECT c.account, c.region, c.day,
    CASE WHEN c.invalid > 0 THEN 'tampered' WHEN c.events = 0 AND c.pruned THEN 'pruned'
        WHEN c.events = 0 THEN 'nothing recorded' WHEN c.valid = 0 THEN 'not verified'
        WHEN c.valid + c.not_covered < c.log_files THEN 'partly verified' ELSE 'proven' END AS verdict,
    c.events, coalesce(s.hours, 0) AS hours, s.silent_since, s.silent_seconds, c.log_files, c.valid,
    c.invalid, c.unverified, c.not_covered, c.first_event, c.last_event
FROM coverage AS c
LEFT JOIN silences AS s ON s.account = c.account AND s.region = c.region AND s.day = c.day
ORDER BY c.account, c.region, c.day
