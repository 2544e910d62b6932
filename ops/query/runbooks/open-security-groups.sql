/*
name: open-security-groups
number: 25
title: Security groups opened to the world
question: >-
  Which security group was opened to every address, or to a large part of the internet, and on
  which ports?
columns:
  event_time: When
  group_id: The security group
  networks: Which networks were let in
  from_ports: The first ports of the ranges, -1 for all
  to_ports: The last ports of the ranges
  outcome: Done, or the error
  account: The account
  region: The region
  event_name: The action
  user_arn: Who
  access_key_id: With which access key
  source_ip_address: From where
  event_id: The event
rules: [security-group-changes]
tags: [T1578.002, T1562.007, cis-4.10, exposure]
next:
  - {runbook: resource-history, params: {resource: group_id}}
  - {runbook: key-activity, params: {key: access_key_id}}
*/
WITH opened AS (
    SELECT event_time, event_id, event_name, error_code, recipient_account_id, aws_region,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn, user_access_key_id,
        source_ip_address,
        coalesce(field('requestParameters.groupId'), field('requestParameters.groupName'),
            field('requestParameters.ModifySecurityGroupRulesRequest.GroupId')) AS group_id,
        coalesce(nullif(array_join(field_any('requestParameters.ipPermissions.items.fromPort'), ', '), ''),
            field('requestParameters.fromPort')) AS from_ports,
        coalesce(nullif(array_join(field_any('requestParameters.ipPermissions.items.toPort'), ', '), ''),
            field('requestParameters.toPort')) AS to_ports,
        array_join(filter(
            field_any('requestParameters.ipPermissions.items.ipRanges.items.cidrIp')
            || field_any('requestParameters.ipPermissions.items.ipv6Ranges.items.cidrIpv6')
            || field_any('requestParameters.cidrIp')
            || field_any('requestParameters.ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule.CidrIpv4')
            || field_any('requestParameters.ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule.CidrIpv6'),
            c -> regexp_like(c, '/[0-7]$')), ', ') AS networks
    FROM events
    WHERE event_source = 'ec2.amazonaws.com'
        AND event_name IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'))
SELECT event_time, group_id, networks, from_ports, to_ports, coalesce(error_code, 'done') AS outcome,
    recipient_account_id AS account, aws_region AS region, event_name, user_arn,
    user_access_key_id AS access_key_id, source_ip_address, event_id
FROM opened
WHERE networks <> ''
ORDER BY event_time, event_id
