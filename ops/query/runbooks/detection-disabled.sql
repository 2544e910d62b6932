/*
name: detection-disabled
number: 36
title: Guards that were switched off
question: >-
  Did anybody switch off or blind GuardDuty, Config, Security Hub, Macie, Access Analyzer,
  Inspector, Detective, alarms, log groups, flow logs, event rules or web firewalls? CloudTrail
  itself is trail-tampering.
columns:
  event_time: When
  what: What was switched off, in words
  outcome: Done, or the error
  account: The account
  region: The region
  event_name: The action
  target: The detector, rule, alarm or the like
  user_arn: Who
  access_key_id: With which access key
  source_ip_address: From where
  user_agent: With what
  event_id: The event
rules: [config-changes]
tags: [T1562.001, T1562.008, cis-4.9, defense-evasion]
next:
  - {runbook: session-chain, params: {key: access_key_id}}
  - {runbook: key-activity, params: {key: access_key_id}}
*/
WITH changes AS (
    SELECT event_time, event_id, event_source, event_name, error_code, recipient_account_id, aws_region,
        coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn, user_access_key_id,
        source_ip_address, user_agent,
        CASE event_source
            WHEN 'guardduty.amazonaws.com' THEN 'GuardDuty'
            WHEN 'config.amazonaws.com' THEN 'Config'
            WHEN 'securityhub.amazonaws.com' THEN 'Security Hub'
            WHEN 'macie2.amazonaws.com' THEN 'Macie'
            WHEN 'access-analyzer.amazonaws.com' THEN 'Access Analyzer'
            WHEN 'inspector2.amazonaws.com' THEN 'Inspector'
            WHEN 'detective.amazonaws.com' THEN 'Detective'
            WHEN 'ec2.amazonaws.com' THEN 'flow logs'
            WHEN 'monitoring.amazonaws.com' THEN 'alarms'
            WHEN 'logs.amazonaws.com' THEN 'log groups'
            WHEN 'events.amazonaws.com' THEN 'event rules'
            ELSE 'web firewall' END AS what,
        coalesce(field('requestParameters.detectorId'), field('requestParameters.configurationRecorderName'),
            field('requestParameters.analyzerName'), field('requestParameters.name'),
            field('requestParameters.rule'), field('requestParameters.logGroupName'),
            field('requestParameters.DeleteFlowLogsRequest.FlowLogId.content'),
            field('requestParameters.DeleteFlowLogsRequest.FlowLogId'), field('requestParameters.id'),
            array_join(field_any('requestParameters.alarmNames'), ', ')) AS target,
        field('requestParameters.enable') AS enable, field('requestParameters.status') AS status,
        field('requestParameters.findingPublishingFrequency') AS frequency
    FROM events
    WHERE event_name IN ('BatchDisableStandards', 'CreateArchiveRule', 'CreateFilter', 'CreateIPSet',
            'DeleteAlarms', 'DeleteAnalyzer', 'DeleteConfigRule',
            'DeleteConfigurationRecorder', 'DeleteConformancePack', 'DeleteDeliveryChannel',
            'DeleteDetector', 'DeleteFlowLogs', 'DeleteGraph', 'DeleteLogGroup',
            'DeleteLogStream', 'DeleteLoggingConfiguration', 'DeleteMembers',
            'DeleteMetricFilter', 'DeleteOrganizationConfigRule',
            'DeletePublishingDestination', 'DeleteRule', 'DeleteRuleGroup',
            'DeleteSubscriptionFilter', 'DeleteWebACL', 'Disable', 'DisableAlarmActions',
            'DisableImportFindingsForProduct', 'DisableMacie',
            'DisableOrganizationAdminAccount', 'DisableRule', 'DisableSecurityHub',
            'DisassociateFromAdministratorAccount', 'DisassociateFromMasterAccount',
            'DisassociateMember', 'DisassociateMembers', 'DisassociateMembership',
            'DisassociateWebACL', 'PutRetentionPolicy', 'RemoveTargets',
            'StopConfigurationRecorder', 'StopMonitoringMembers', 'UpdateDetector',
            'UpdateIPSet', 'UpdateMacieSession')
        AND (event_source = 'guardduty.amazonaws.com' AND event_name IN ('DeleteDetector', 'UpdateDetector',
            'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'DisassociateMembers',
            'DeleteMembers', 'StopMonitoringMembers', 'CreateFilter', 'CreateIPSet', 'UpdateIPSet',
            'DeletePublishingDestination', 'DisableOrganizationAdminAccount')
        OR event_source = 'config.amazonaws.com' AND event_name IN ('StopConfigurationRecorder',
            'DeleteConfigurationRecorder', 'DeleteDeliveryChannel', 'DeleteConfigRule',
            'DeleteOrganizationConfigRule', 'DeleteConformancePack')
        OR event_source = 'securityhub.amazonaws.com' AND event_name IN ('DisableSecurityHub',
            'BatchDisableStandards', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount',
            'DisassociateMembers', 'DeleteMembers', 'DisableImportFindingsForProduct')
        OR event_source = 'macie2.amazonaws.com' AND event_name IN ('DisableMacie', 'UpdateMacieSession',
            'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount')
        OR event_source = 'access-analyzer.amazonaws.com' AND event_name IN ('DeleteAnalyzer', 'CreateArchiveRule')
        OR event_source = 'inspector2.amazonaws.com' AND event_name IN ('Disable', 'DisassociateMember')
        OR event_source = 'detective.amazonaws.com' AND event_name IN ('DeleteGraph', 'DisassociateMembership')
        OR event_source = 'ec2.amazonaws.com' AND event_name = 'DeleteFlowLogs'
        OR event_source = 'monitoring.amazonaws.com' AND event_name IN ('DeleteAlarms', 'DisableAlarmActions')
        OR event_source = 'logs.amazonaws.com' AND event_name IN ('DeleteLogGroup', 'DeleteLogStream',
            'DeleteMetricFilter', 'DeleteSubscriptionFilter', 'PutRetentionPolicy')
        OR event_source = 'events.amazonaws.com' AND event_name IN ('DisableRule', 'DeleteRule', 'RemoveTargets')
        OR event_source IN ('wafv2.amazonaws.com', 'waf.amazonaws.com', 'waf-regional.amazonaws.com')
            AND event_name IN ('DeleteWebACL', 'DisassociateWebACL', 'DeleteLoggingConfiguration', 'DeleteRuleGroup')))
SELECT event_time, what, coalesce(error_code, 'done') AS outcome, recipient_account_id AS account,
    aws_region AS region, event_name, target, user_arn, user_access_key_id AS access_key_id,
    source_ip_address, user_agent, event_id
FROM changes
WHERE (event_name <> 'UpdateDetector' OR enable = 'false')
    AND (event_name <> 'UpdateMacieSession' OR status = 'PAUSED')
ORDER BY event_time, event_id
