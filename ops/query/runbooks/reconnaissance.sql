/*
name: reconnaissance
number: 15
title: Somebody looks around
question: >-
  Which keys asked who they are with a scanner, or were refused again and again while they looked
  around? A row for each key, address, user agent and hour.
params:
  - {name: denied, type: int, default: 10, meaning: how many refusals in an hour are too many}
columns:
  hour: The hour
  why: A scanner's user agent, or many refusals
  who: Who
  access_key_id: With which access key
  source_ip_address: From where
  country: The address's country, if --ip-info knows it
  user_agent: With what
  account: The account
  calls: How many calls in that hour
  denied: How many of them were refused
  denied_actions: Which, at most twelve
  regions: In which regions
  first_time: The first call
  last_time: The last call
  event_id: The first event
rules: [unauthorized-api-calls]
tags: [T1580, T1087.004, T1526, cis-4.1, discovery]
next:
  - {runbook: key-activity, params: {key: access_key_id}}
  - {runbook: session-chain, params: {key: access_key_id}}
*/
WITH calls AS (
    SELECT date_trunc('hour', event_time) AS hour, event_time, event_id, event_name, aws_region,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS who, user_access_key_id,
        source_ip_address, user_agent, recipient_account_id,
        CASE WHEN regexp_like(error_code, 'AccessDenied|UnauthorizedOperation|AuthorizationError')
            THEN event_name END AS denied,
        regexp_like(user_agent, '(?i)trufflehog|pacu|scoutsuite|cloudfox|cloudsplaining|enumerate-iam|'
            || 'nimbostratus|weirdaal|s3scanner|aws_consoler|endgame|barq') AS scanner
    FROM events
    WHERE event_time IS NOT NULL AND coalesce(event_category, 'Management') <> 'NetworkActivity'
        AND NOT contains(site_list('scanners'), coalesce(source_ip_address, ''))),
hours AS (
    SELECT hour, max(who) AS who, user_access_key_id AS access_key_id, source_ip_address, user_agent,
        min(recipient_account_id) AS account, count(*) AS calls, count(denied) AS denied,
        array_join(slice(array_sort(array_agg(DISTINCT denied)), 1, 12), ', ') AS denied_actions,
        array_join(array_sort(array_agg(DISTINCT aws_region)), ', ') AS regions,
        min(event_time) AS first_time, max(event_time) AS last_time,
        min_by(event_id, event_time) AS event_id, bool_or(coalesce(scanner, false)) AS scanner
    FROM calls
    GROUP BY hour, user_access_key_id, source_ip_address, user_agent)
SELECT h.hour, CASE WHEN h.scanner THEN 'a scanner''s user agent' ELSE 'many refusals' END AS why, h.who,
    h.access_key_id, h.source_ip_address, i.country, h.user_agent, h.account, h.calls, h.denied,
    h.denied_actions, h.regions, h.first_time, h.last_time, h.event_id
FROM hours AS h LEFT JOIN ip_info AS i ON i.source_ip_address = h.source_ip_address
WHERE h.scanner OR h.denied >= :denied
ORDER BY h.first_time, h.access_key_id
