WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    user_agent,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), changes AS (
  SELECT
    event_time,
    event_id,
    event_source,
    event_name,
    error_code,
    recipient_account_id,
    aws_region,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS user_arn,
    user_access_key_id,
    source_ip_address,
    user_agent,
    CASE event_source
      WHEN 'guardduty.amazonaws.com'
      THEN 'GuardDuty'
      WHEN 'config.amazonaws.com'
      THEN 'Config'
      WHEN 'securityhub.amazonaws.com'
      THEN 'Security Hub'
      WHEN 'macie2.amazonaws.com'
      THEN 'Macie'
      WHEN 'access-analyzer.amazonaws.com'
      THEN 'Access Analyzer'
      WHEN 'inspector2.amazonaws.com'
      THEN 'Inspector'
      WHEN 'detective.amazonaws.com'
      THEN 'Detective'
      WHEN 'ec2.amazonaws.com'
      THEN 'flow logs'
      WHEN 'monitoring.amazonaws.com'
      THEN 'alarms'
      WHEN 'logs.amazonaws.com'
      THEN 'log groups'
      WHEN 'events.amazonaws.com'
      THEN 'event rules'
      ELSE 'web firewall'
    END AS what,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.detectorId'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.configurationRecorderName'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.analyzerName'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.name'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.rule'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.logGroupName'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.DeleteFlowLogsRequest.FlowLogId.content'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.DeleteFlowLogsRequest.FlowLogId'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.id'),
      ARRAY_JOIN(
        COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(JSON_QUERY(raw, 'lax $."requestParameters"."alarmNames"[*]' WITH ARRAY WRAPPER)) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ),
        ', '
      )
    ) AS target,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.enable') AS enable,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.status') AS status,
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.findingPublishingFrequency') AS frequency
  FROM events
  WHERE
    event_name IN (
      'BatchDisableStandards',
      'CreateArchiveRule',
      'CreateFilter',
      'CreateIPSet',
      'DeleteAlarms',
      'DeleteAnalyzer',
      'DeleteConfigRule',
      'DeleteConfigurationRecorder',
      'DeleteConformancePack',
      'DeleteDeliveryChannel',
      'DeleteDetector',
      'DeleteFlowLogs',
      'DeleteGraph',
      'DeleteLogGroup',
      'DeleteLogStream',
      'DeleteLoggingConfiguration',
      'DeleteMembers',
      'DeleteMetricFilter',
      'DeleteOrganizationConfigRule',
      'DeletePublishingDestination',
      'DeleteRule',
      'DeleteRuleGroup',
      'DeleteSubscriptionFilter',
      'DeleteWebACL',
      'Disable',
      'DisableAlarmActions',
      'DisableImportFindingsForProduct',
      'DisableMacie',
      'DisableOrganizationAdminAccount',
      'DisableRule',
      'DisableSecurityHub',
      'DisassociateFromAdministratorAccount',
      'DisassociateFromMasterAccount',
      'DisassociateMember',
      'DisassociateMembers',
      'DisassociateMembership',
      'DisassociateWebACL',
      'PutRetentionPolicy',
      'RemoveTargets',
      'StopConfigurationRecorder',
      'StopMonitoringMembers',
      'UpdateDetector',
      'UpdateIPSet',
      'UpdateMacieSession'
    )
    AND (
      event_source = 'guardduty.amazonaws.com'
      AND event_name IN (
        'DeleteDetector',
        'UpdateDetector',
        'DisassociateFromMasterAccount',
        'DisassociateFromAdministratorAccount',
        'DisassociateMembers',
        'DeleteMembers',
        'StopMonitoringMembers',
        'CreateFilter',
        'CreateIPSet',
        'UpdateIPSet',
        'DeletePublishingDestination',
        'DisableOrganizationAdminAccount'
      )
      OR event_source = 'config.amazonaws.com'
      AND event_name IN (
        'StopConfigurationRecorder',
        'DeleteConfigurationRecorder',
        'DeleteDeliveryChannel',
        'DeleteConfigRule',
        'DeleteOrganizationConfigRule',
        'DeleteConformancePack'
      )
      OR event_source = 'securityhub.amazonaws.com'
      AND event_name IN (
        'DisableSecurityHub',
        'BatchDisableStandards',
        'DisassociateFromMasterAccount',
        'DisassociateFromAdministratorAccount',
        'DisassociateMembers',
        'DeleteMembers',
        'DisableImportFindingsForProduct'
      )
      OR event_source = 'macie2.amazonaws.com'
      AND event_name IN (
        'DisableMacie',
        'UpdateMacieSession',
        'DisassociateFromMasterAccount',
        'DisassociateFromAdministratorAccount'
      )
      OR event_source = 'access-analyzer.amazonaws.com'
      AND event_name IN ('DeleteAnalyzer', 'CreateArchiveRule')
      OR event_source = 'inspector2.amazonaws.com'
      AND event_name IN ('Disable', 'DisassociateMember')
      OR event_source = 'detective.amazonaws.com'
      AND event_name IN ('DeleteGraph', 'DisassociateMembership')
      OR event_source = 'ec2.amazonaws.com'
      AND event_name = 'DeleteFlowLogs'
      OR event_source = 'monitoring.amazonaws.com'
      AND event_name IN ('DeleteAlarms', 'DisableAlarmActions')
      OR event_source = 'logs.amazonaws.com'
      AND event_name IN (
        'DeleteLogGroup',
        'DeleteLogStream',
        'DeleteMetricFilter',
        'DeleteSubscriptionFilter',
        'PutRetentionPolicy'
      )
      OR event_source = 'events.amazonaws.com'
      AND event_name IN ('DisableRule', 'DeleteRule', 'RemoveTargets')
      OR event_source IN ('wafv2.amazonaws.com', 'waf.amazonaws.com', 'waf-regional.amazonaws.com')
      AND event_name IN (
        'DeleteWebACL',
        'DisassociateWebACL',
        'DeleteLoggingConfiguration',
        'DeleteRuleGroup'
      )
    )
)
SELECT
  event_time,
  what,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  aws_region AS region,
  event_name,
  target,
  user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  user_agent,
  event_id
FROM changes
WHERE
  (
    event_name <> 'UpdateDetector' OR enable = 'false'
  )
  AND (
    event_name <> 'UpdateMacieSession' OR status = 'PAUSED'
  )
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
