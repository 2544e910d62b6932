"""The 15 monitoring controls of the CIS AWS Foundations Benchmark.

The texts are prescribed: Security Hub fails a control whose filter differs by a
single term, so they stand here as published. Sources: Security Hub User Guide,
"Amazon CloudWatch controls" (CloudWatch.1 to .14); CIS AWS Foundations
Benchmark v5.0, section 4; prowler's metric-filter checks for the events it asks
for beyond these.
"""

from ops.rules.model import Dialect, MetricRule

_ORGANIZATION_EVENTS = (
    "AcceptHandshake", "AttachPolicy", "CancelHandshake", "CreateAccount", "CreateOrganization",
    "CreateOrganizationalUnit", "CreatePolicy", "DeclineHandshake", "DeleteOrganization",
    "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy", "DisablePolicyType",
    "EnableAllFeatures", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization",
    "MoveAccount", "RemoveAccountFromOrganization", "UpdateOrganizationalUnit", "UpdatePolicy",
)  # fmt: skip
"""CIS asks for 18 of these; prowler also for CancelHandshake, CreateOrganization
and EnableAllFeatures."""

_ROUTE_EVENTS = (
    "CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation",
    "DeleteRouteTable", "DeleteRoute", "DisassociateRouteTable",
)  # fmt: skip


def _any_event(source: str, events: tuple[str, ...]) -> str:
    names = " || ".join(f"($.eventName = {event})" for event in events)
    return f"{{ ($.eventSource = {source}) && ({names}) }}"


RULES: tuple[MetricRule, ...] = (
    MetricRule(
        name="unauthorized-api-calls",
        title="Unauthorized API calls",
        number=1,
        prowler_check="cloudwatch_log_metric_filter_unauthorized_api_calls",
        patterns={
            Dialect.SECURITYHUB: (
                '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}'
            ),
        },
    ),
    MetricRule(
        name="sign-in-without-mfa",
        title="Console sign-in without MFA",
        number=2,
        prowler_check="cloudwatch_log_metric_filter_sign_in_without_mfa",
        patterns={
            Dialect.SECURITYHUB: (
                '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
            ),
        },
    ),
    MetricRule(
        name="root-usage",
        title="Use of the root user",
        number=3,
        prowler_check="cloudwatch_log_metric_filter_root_usage",
        patterns={
            Dialect.SECURITYHUB: (
                '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
            ),
        },
    ),
    MetricRule(
        name="iam-policy-changes",
        title="IAM policy changes",
        number=4,
        prowler_check="cloudwatch_log_metric_filter_policy_changes",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || "
                "($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || "
                "($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || "
                "($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || "
                "($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || "
                "($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || "
                "($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || "
                "($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy)}"
            ),
        },
    ),
    MetricRule(
        name="cloudtrail-changes",
        title="CloudTrail configuration changes",
        number=5,
        prowler_check="cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || "
                "($.eventName=DeleteTrail) || ($.eventName=StartLogging) || "
                "($.eventName=StopLogging)}"
            ),
        },
    ),
    MetricRule(
        name="authentication-failures",
        title="Console authentication failures",
        number=6,
        prowler_check="cloudwatch_log_metric_filter_authentication_failures",
        patterns={
            Dialect.SECURITYHUB: (
                '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}'
            ),
        },
    ),
    MetricRule(
        name="cmk-disable-or-deletion",
        title="Disabling or scheduled deletion of customer managed keys",
        number=7,
        prowler_check="cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || "
                "($.eventName=ScheduleKeyDeletion))}"
            ),
        },
    ),
    MetricRule(
        name="s3-bucket-policy-changes",
        title="S3 bucket policy changes",
        number=8,
        prowler_check="cloudwatch_log_metric_filter_for_s3_bucket_policy_changes",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || "
                "($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || "
                "($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || "
                "($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || "
                "($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}"
            ),
        },
    ),
    MetricRule(
        name="config-changes",
        title="AWS Config configuration changes",
        number=9,
        prowler_check="cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || "
                "($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || "
                "($.eventName=PutConfigurationRecorder))}"
            ),
        },
    ),
    MetricRule(
        name="security-group-changes",
        title="Security group changes",
        number=10,
        prowler_check="cloudwatch_log_metric_filter_security_group_changes",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=AuthorizeSecurityGroupIngress) || "
                "($.eventName=AuthorizeSecurityGroupEgress) || "
                "($.eventName=RevokeSecurityGroupIngress) || "
                "($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || "
                "($.eventName=DeleteSecurityGroup)}"
            ),
            Dialect.CIS: (
                "{($.eventName=AuthorizeSecurityGroupIngress) || "
                "($.eventName=AuthorizeSecurityGroupEgress) || "
                "($.eventName=RevokeSecurityGroupIngress) || "
                "($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || "
                "($.eventName=DeleteSecurityGroup) || ($.eventName=ModifySecurityGroupRules)}"
            ),
        },
    ),
    MetricRule(
        name="nacl-changes",
        title="Network ACL changes",
        number=11,
        prowler_check="cloudwatch_changes_to_network_acls_alarm_configured",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || "
                "($.eventName=DeleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || "
                "($.eventName=ReplaceNetworkAclEntry) || "
                "($.eventName=ReplaceNetworkAclAssociation)}"
            ),
        },
    ),
    MetricRule(
        name="network-gateway-changes",
        title="Network gateway changes",
        number=12,
        prowler_check="cloudwatch_changes_to_network_gateways_alarm_configured",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || "
                "($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || "
                "($.eventName=DeleteInternetGateway) || ($.eventName=DetachInternetGateway)}"
            ),
        },
    ),
    MetricRule(
        name="route-table-changes",
        title="Route table changes",
        number=13,
        prowler_check="cloudwatch_changes_to_network_route_tables_alarm_configured",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || "
                "($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || "
                "($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || "
                "($.eventName=DisassociateRouteTable)}"
            ),
            Dialect.PROWLER: _any_event("ec2.amazonaws.com", _ROUTE_EVENTS),
        },
    ),
    MetricRule(
        name="vpc-changes",
        title="VPC changes",
        number=14,
        prowler_check="cloudwatch_changes_to_vpcs_alarm_configured",
        patterns={
            Dialect.SECURITYHUB: (
                "{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || "
                "($.eventName=ModifyVpcAttribute) || ($.eventName=AcceptVpcPeeringConnection) || "
                "($.eventName=CreateVpcPeeringConnection) || "
                "($.eventName=DeleteVpcPeeringConnection) || "
                "($.eventName=RejectVpcPeeringConnection) || "
                "($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || "
                "($.eventName=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}"
            ),
        },
    ),
    MetricRule(
        name="organizations-changes",
        title="AWS Organizations changes",
        number=15,
        prowler_check="cloudwatch_log_metric_filter_aws_organizations_changes",
        patterns={
            Dialect.PROWLER: _any_event("organizations.amazonaws.com", _ORGANIZATION_EVENTS),
        },
    ),
)
