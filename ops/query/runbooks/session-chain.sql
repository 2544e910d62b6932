/*
name: session-chain
number: 8
title: Which session came from which, across accounts
question: >-
  Where does this access key come from, and what was opened with it? Goes up from the key to
  the first credentials, and down to every session and key made with it, through any number of
  accounts.
params:
  - {name: key, type: key, required: true, meaning: an access key id anywhere in the chain}
columns:
  access_key_id: A key or session of the chain
  parent_access_key_id: The key that it was made with
  level: Steps from the key asked about; below 0 those it came from
  principal: Whom the key belongs to, or the session it is
  account: The account it acts in
  made_by: The call that made it
  opened_by: Who made that call
  opened_from: The address that call came from
  began: When it was made
  first_used: Its first use
  last_used: Its last use
  events: How many calls were made with it
  errors: How many of them failed
  addresses: From where they came, at most ten
  event_id: The event that made it
  stopped: Says so where the chain goes on but is no longer followed
view: tree
tags: [T1550.001, T1098.001, credential-compromise]
next:
  - {runbook: key-activity, params: {key: access_key_id}}
*/
WITH RECURSIVE answers AS (
    SELECT coalesce(field('responseElements.credentials.accessKeyId'),
            field('responseElements.accessKey.accessKeyId')) AS access_key_id,
        coalesce(field('responseElements.assumedRoleUser.arn'),
            field('responseElements.federatedUser.arn'),
            field('responseElements.accessKey.userName')) AS principal,
        user_access_key_id, coalesce(user_arn, user_principal_id, user_invoked_by) AS opened_by,
        user_arn, event_name, event_time, event_id, source_ip_address
    FROM events
    WHERE event_source IN ('sts.amazonaws.com', 'iam.amazonaws.com') AND error_code IS NULL
        AND event_name IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity',
            'AssumeRoot', 'GetFederationToken', 'GetSessionToken', 'CreateAccessKey')),
links AS (
    SELECT access_key_id, max(user_access_key_id) AS parent_access_key_id, max(principal) AS principal,
        max(event_name) AS made_by, coalesce(max(user_arn), max(opened_by)) AS opened_by,
        min(source_ip_address) AS opened_from, min(event_time) AS began, min(event_id) AS event_id
    FROM answers WHERE access_key_id IS NOT NULL GROUP BY access_key_id),
asked AS (
    SELECT DISTINCT access_key_id FROM (
        SELECT user_access_key_id AS access_key_id FROM events WHERE user_access_key_id = :key
        UNION ALL
        SELECT access_key_id FROM links WHERE access_key_id = :key) AS known),
up (access_key_id, depth) AS (
    SELECT access_key_id, 0 FROM asked
    UNION ALL
    SELECT links.parent_access_key_id, up.depth + 1
    FROM up JOIN links ON links.access_key_id = up.access_key_id
    WHERE links.parent_access_key_id IS NOT NULL AND up.depth < 8),
down (access_key_id, depth) AS (
    SELECT access_key_id, 0 FROM asked
    UNION ALL
    SELECT links.access_key_id, down.depth + 1
    FROM down JOIN links ON links.parent_access_key_id = down.access_key_id
    WHERE down.depth < 8),
chain AS (
    SELECT access_key_id, -max(depth) AS level FROM up WHERE depth > 0 GROUP BY access_key_id
    UNION ALL
    SELECT access_key_id, min(depth) AS level FROM down GROUP BY access_key_id),
used AS (
    SELECT user_access_key_id AS access_key_id, max(user_arn) AS user_arn,
        min(coalesce(user_account_id, recipient_account_id)) AS account, min(event_time) AS first_used,
        max(event_time) AS last_used, count(*) AS events,
        count_if(error_code IS NOT NULL) AS errors,
        array_join(slice(array_sort(array_agg(DISTINCT source_ip_address)), 1, 10), ', ') AS addresses
    FROM events
    WHERE user_access_key_id IN (SELECT access_key_id FROM chain)
    GROUP BY user_access_key_id)
SELECT chain.access_key_id, links.parent_access_key_id, chain.level,
    coalesce(used.user_arn, links.principal) AS principal,
    coalesce(used.account, split_part(links.principal, ':', 5)) AS account,
    links.made_by, links.opened_by, links.opened_from, links.began, used.first_used, used.last_used,
    coalesce(used.events, 0) AS events, coalesce(used.errors, 0) AS errors, used.addresses,
    links.event_id,
    CASE WHEN chain.level = 8 AND chain.access_key_id IN (
            SELECT parent_access_key_id FROM links WHERE parent_access_key_id IS NOT NULL)
        THEN 'more below, not followed'
        WHEN chain.level = -8 AND links.parent_access_key_id IS NOT NULL
        THEN 'more above, not followed' END AS stopped
FROM chain LEFT JOIN links ON links.access_key_id = chain.access_key_id
LEFT JOIN used ON used.access_key_id = chain.access_key_id
ORDER BY chain.level, links.began, chain.access_key_id
