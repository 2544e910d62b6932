"""What callers look at: the bulk of every history."""

from ops.lab.history.record import Act

Weighted = tuple[tuple[float, Act], ...]

S3_EXTRA = {
    "SignatureVersion": "SigV4",
    "CipherSuite": "<cipher>",
    "bytesTransferredIn": 0,
    "AuthenticationMethod": "AuthHeader",
    "x-amz-id-2": "<id2>",
    "bytesTransferredOut": "<#in>",
}
_BUCKET = (("AWS::S3::Bucket", "arn:<partition>:s3:::<bucket>"),)


def ec2(name: str, params: object) -> Act:
    """Return a describing call of EC2."""
    return Act("ec2", name, params)


def bucket_read(name: str, subresource: str) -> Act:
    """Return a call that reads one of a bucket's settings."""
    host = "<bucket>.s3.<region>.amazonaws.com"
    params = {"bucketName": "<bucket>", "Host": host, subresource: ""}
    return Act(
        "s3", name, params, extra=S3_EXTRA, resources=_BUCKET, more={"requestID": "<request16>"}
    )


ASSUME_ROLE = Act(
    "sts",
    "AssumeRole",
    {"roleArn": "<role>", "roleSessionName": "<session>", "durationSeconds": 3600},
    {
        "credentials": {
            "accessKeyId": "<newkey>",
            "sessionToken": "<token>",
            "expiration": "<expires>",
        },
        "assumedRoleUser": {"assumedRoleId": "<newid>:<session>", "arn": "<newarn>"},
    },
    resources=(("AWS::IAM::Role", "<role>"),),
    more={"sharedEventID": "<shared>"},
)
IDENTITY = Act("sts", "GetCallerIdentity")
DESCRIBE_TRAILS = Act(
    "cloudtrail", "DescribeTrails", {"trailNameList": [], "includeShadowTrails": True}
)
TRAIL_STATUS = Act("cloudtrail", "GetTrailStatus", {"name": "<trailarn>"})

INVENTORY: Weighted = (
    (6, ec2("DescribeInstances", {"maxResults": 1000, "instancesSet": {}, "filterSet": {}})),
    (4, ec2("DescribeSecurityGroups", {"securityGroupSet": {}, "securityGroupIdSet": {}, "filterSet": {}})),
    (3, ec2("DescribeVolumes", {"maxResults": 500, "volumeSet": {}, "filterSet": {}})),
    (3, ec2("DescribeRouteTables", {"routeTableIdSet": {}, "filterSet": {"items": [
        {"name": "vpc-id", "valueSet": {"items": [{"value": "vpc-<key8>000000001"}]}}]}})),
    (2, ec2("DescribeNetworkInterfaces", {"networkInterfaceIdSet": {}, "filterSet": {}})),
    (2, ec2("DescribeSnapshots", {"maxResults": 1000, "snapshotSet": {}, "ownersSet": {"items": [
        {"owner": "self"}]}, "sharedUsersSet": {}, "filterSet": {}})),
    (2, ec2("DescribeVpcs", {"vpcSet": {}, "filterSet": {}})),
    (2, ec2("DescribeFlowLogs", {"DescribeFlowLogsRequest": {"MaxResults": 1000}})),
    (3, bucket_read("GetBucketAcl", "acl")),
    (3, bucket_read("GetBucketPolicyStatus", "policyStatus")),
    (3, bucket_read("GetBucketPublicAccessBlock", "publicAccessBlock")),
    (2, bucket_read("GetBucketVersioning", "versioning")),
    (2, bucket_read("GetBucketEncryption", "encryption")),
    (2, Act("rds", "DescribeDBInstances", {"maxRecords": 100})),
    (1, Act("rds", "DescribeDBSnapshots", {"includeShared": False, "includePublic": False})),
    (2, Act("lambda", "ListFunctions20150331", {"maxItems": 50, "functionVersion": "ALL"})),
    (2, Act("kms", "DescribeKey", {"keyId": "<key8>-1111-4222-8333-444455556666"})),
    (1, Act("kms", "GetKeyRotationStatus", {"keyId": "<key8>-1111-4222-8333-444455556666"})),
    (1, Act("ecs", "DescribeServices", {"cluster": "main", "services": ["checkout", "web"]})),
    (1, Act("eks", "ListClusters", {"maxResults": 100})),
    (1, Act("elasticloadbalancing", "DescribeLoadBalancers", {"pageSize": 400})),
    (1, Act("guardduty", "ListDetectors", {"maxResults": "50"})),
    (1, Act("config", "DescribeConfigurationRecorderStatus", {})),
    (1, DESCRIBE_TRAILS),
)  # fmt: skip
"""What a configuration recorder and an auditor go through in every region."""

IDENTITIES: Weighted = (
    (3, Act("iam", "ListRoles", {"maxItems": 1000})),
    (2, Act("iam", "ListUsers", {"maxItems": 1000})),
    (3, Act("iam", "GetRole", {"roleName": "task-<table>"})),
    (2, Act("iam", "ListAttachedRolePolicies", {"roleName": "task-<table>"})),
    (2, Act("iam", "GetPolicyVersion", {"policyArn": "arn:<partition>:iam::<account>:policy/task-<table>", "versionId": "v3"})),
    (1, Act("iam", "GetAccountSummary")),
    (1, Act("iam", "GetAccountPasswordPolicy")),
    (1, Act("iam", "GenerateCredentialReport", None, {"state": "COMPLETE"})),
)  # fmt: skip
"""What an auditor looks at in the region of global services."""

OVERVIEW: Weighted = (
    (4, ec2("DescribeInstances", {"maxResults": 100, "instancesSet": {}, "filterSet": {}})),
    (2, Act("monitoring", "DescribeAlarms", {"maxRecords": 100})),
    (3, Act("logs", "FilterLogEvents", {"logGroupName": "/ecs/checkout", "interleaved": True, "limit": 100})),
    (2, Act("logs", "DescribeLogGroups", {"limit": 50})),
    (2, Act("ecs", "DescribeTasks", {"cluster": "main", "tasks": ["<uuid>"]})),
    (1, Act("ecs", "ListServices", {"cluster": "main", "maxResults": 100})),
    (1, Act("health", "DescribeEventAggregates", {"aggregateField": "eventTypeCategory"})),
    (1, Act("s3", "ListBuckets", {"Host": "s3.<region>.amazonaws.com"}, extra=S3_EXTRA, more={"requestID": "<request16>"})),
    (1, bucket_read("GetBucketLocation", "location")),
    (1, Act("rds", "DescribeDBInstances", {})),
    (1, Act("ce", "GetCostAndUsage", {"granularity": "DAILY", "metrics": ["UnblendedCost"]})),
    (0.3, Act("support", "DescribeTrustedAdvisorChecks", {"language": "en"})),
)  # fmt: skip
"""What people open in the console."""
