"""Changes that belong to an ordinary week, some of which look like an attack.

Each change says who makes it and how often an account sees it. None of them
opens anything to the world, weakens a trail, or gives somebody more than the
rule of the house allows; their look-alikes in the attack do.
"""

from dataclasses import dataclass

from ops.lab.history.acts_reading import S3_EXTRA
from ops.lab.history.acts_working import INTERNAL
from ops.lab.history.plan import Part
from ops.lab.history.record import Act, Json

ALL = frozenset(Part)
WORKLOADS = frozenset({Part.WORKLOAD})
MANAGEMENT = frozenset({Part.MANAGEMENT})


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happens to an account every so often."""

    by: str
    """pipeline, person, admin, or the service that does it by its linked role."""
    a_day: float
    """How often, on an average day with people at work."""
    act: Act
    parts: frozenset[Part] = WORKLOADS
    is_global: bool = False
    """Whether it is recorded in the region of global services."""


def write(source: str, name: str, params: Json, answer: Json = None, **more: Json) -> Act:
    """Return a call with an effect."""
    return Act(source, name, params, answer, read=False, more=more)


def on_bucket(name: str, **params: Json) -> Act:
    """Return a call that changes a bucket."""
    host = {"bucketName": "<bucket>", "Host": "<bucket>.s3.<region>.amazonaws.com"}
    kind = (("AWS::S3::Bucket", "arn:<partition>:s3:::<bucket>"),)
    more = {"requestID": "<request16>"}
    return Act(
        "s3", name, host | params, None, read=False, extra=S3_EXTRA, resources=kind, more=more
    )


def ingress(low: int, high: int, *networks: str) -> Act:
    """Return a call that opens ports of a security group to networks."""
    items = [{"cidrIp": one} for one in networks]
    rule = {"ipProtocol": "tcp", "fromPort": low, "toPort": high, "groups": {}, "ipRanges": {"items": items},
            "ipv6Ranges": {}, "prefixListIds": {}}  # fmt: skip
    answer = {"requestId": "<request>", "_return": True, "securityGroupRuleSet": {"items": [
        {"groupOwnerId": "<account>", "groupId": "sg-<id17>", "securityGroupRuleId": "sgr-<id17>",
         "isEgress": False, "ipProtocol": "tcp", "fromPort": low, "toPort": high, "cidrIpv4": one}
        for one in networks]}}  # fmt: skip
    params = {"groupId": "sg-<key8>00000beef", "ipPermissions": {"items": [rule]}}
    return write("ec2", "AuthorizeSecurityGroupIngress", params, answer)


_RUN = {
    "instancesSet": {"items": [{"imageId": "ami-0d5c2f4e9a7b61c38", "minCount": 1, "maxCount": 1}]},
    "instanceType": "m7i.large",
    "launchTemplate": {"launchTemplateId": "lt-<key8>000000001", "version": "12"},
    "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [
        {"key": "aws:autoscaling:groupName", "value": "web"}]}]},
}  # fmt: skip
_RAN = {
    "requestId": "<request>", "reservationId": "r-<id17>", "ownerId": "<account>", "groupSet": {},
    "instancesSet": {"items": [{
        "instanceId": "i-<id17>", "imageId": "ami-0d5c2f4e9a7b61c38", "instanceType": "m7i.large",
        "currentState": {"code": 0, "name": "pending"}, "privateIpAddress": "<host>",
        "subnetId": "subnet-<key8>000000001", "vpcId": "vpc-<key8>000000001"}]},
}  # fmt: skip
_TLS_ONLY = {"Version": "2012-10-17", "Statement": [{
    "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
    "Resource": "arn:<partition>:s3:::<bucket>/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}  # fmt: skip
_TRUST_LAMBDA = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
    '{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)
_READ_OBJECTS = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",'
    '"Resource":"arn:<partition>:s3:::<bucket>/*"}]}'
)
_FUNCTION = {"functionName": "<function>", "functionArn": "arn:<partition>:lambda:<region>:<account>:function:<function>",
             "runtime": "python3.13", "handler": "app.handler", "codeSize": 48213, "memorySize": 512}  # fmt: skip

CHANGES: tuple[Change, ...] = (
    Change("pipeline", 1.2, write("ecs", "RegisterTaskDefinition", {"family": "checkout", "cpu": "1024", "memory": "2048",
        "tags": [{"key": "build", "value": "<build>"}]}, {"taskDefinition": {"family": "checkout", "revision": "<#build>"}})),
    Change("pipeline", 1.2, write("ecs", "UpdateService", {"cluster": "main", "service": "checkout",
        "taskDefinition": "checkout:<build>"}, {"service": {"status": "ACTIVE"}})),
    Change("pipeline", 0.8, write("lambda", "UpdateFunctionCode20150331v2", {"functionName": "<function>",
        "publish": True, "dryRun": False, "s3Bucket": "<bucket>", "s3Key": "build/<build>.zip"}, _FUNCTION)),
    Change("pipeline", 0.2, write("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "<function>",
        "memorySize": 512, "environment": {}}, _FUNCTION)),
    Change("pipeline", 0.1, write("lambda", "CreateFunction20150331", {"functionName": "<function>-<id8>",
        "runtime": "python3.13", "role": "arn:<partition>:iam::<account>:role/function-orders", "handler": "app.handler",
        "packageType": "Zip", "tags": {"owner": "platform"}}, _FUNCTION)),
    Change("pipeline", 0.4, write("ssm", "PutParameter", {"name": "<parameter>", "type": "String", "overwrite": True,
        "value": "HIDDEN_DUE_TO_SECURITY_REASONS"}, {"version": "<#count>", "tier": "Standard"})),
    Change("pipeline", 0.5, write("ec2", "CreateTags", {"resourcesSet": {"items": [{"resourceId": "<instance>"}]},
        "tagSet": {"items": [{"key": "build", "value": "<build>"}]}}, {"requestId": "<request>", "_return": True})),
    Change("pipeline", 0.15, ingress(443, 443, "10.0.0.0/8")),
    Change("pipeline", 0.05, ingress(5432, 5432, "10.0.0.0/16", "10.1.0.0/16")),
    Change("pipeline", 0.05, on_bucket("PutBucketPolicy", policy="", bucketPolicy=_TLS_ONLY)),
    Change("pipeline", 0.05, on_bucket("CreateBucket", CreateBucketConfiguration={"LocationConstraint": "<region>"})),
    Change("pipeline", 0.05, on_bucket("PutBucketPublicAccessBlock", publicAccessBlock="", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})),
    Change("pipeline", 0.05, on_bucket("PutBucketVersioning", versioning="", VersioningConfiguration={"Status": "Enabled"})),
    Change("pipeline", 0.03, write("kms", "EnableKeyRotation", {"keyId": "<key8>-1111-4222-8333-444455556666"})),
    Change("pipeline", 0.08, write("iam", "CreateRole", {"roleName": "function-<id8>",
        "assumeRolePolicyDocument": _TRUST_LAMBDA}, {"role": {"roleName": "function-<id8>", "path": "/",
        "arn": "arn:<partition>:iam::<account>:role/function-<id8>"}}), is_global=True),
    Change("pipeline", 0.08, write("iam", "AttachRolePolicy", {"roleName": "function-orders",
        "policyArn": "arn:<partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}), is_global=True),
    Change("pipeline", 0.08, write("iam", "PutRolePolicy", {"roleName": "function-orders", "policyName": "objects",
        "policyDocument": _READ_OBJECTS}), is_global=True),
    Change("person", 0.3, write("ssm", "StartSession", {"target": "<instance>", "documentName": "SSM-SessionManagerRunShell"},
        {"sessionId": "person-<id17>", "streamUrl": "HIDDEN_DUE_TO_SECURITY_REASONS"})),
    Change("person", 0.4, write("monitoring", "PutDashboard", {"dashboardName": "<table>"})),
    Change("person", 0.1, write("ec2", "RebootInstances", {"instancesSet": {"items": [{"instanceId": "<instance>"}]}},
        {"requestId": "<request>", "_return": True})),
    Change("autoscaling", 4, write("ec2", "RunInstances", _RUN, _RAN)),
    Change("autoscaling", 4, write("ec2", "TerminateInstances", {"instancesSet": {"items": [{"instanceId": "<instance>"}]}},
        {"requestId": "<request>", "instancesSet": {"items": [{"instanceId": "<instance>",
         "currentState": {"code": 32, "name": "shutting-down"}, "previousState": {"code": 16, "name": "running"}}]}})),
    Change("autoscaling", 2, Act("kms", "CreateGrant", {"granteePrincipal": "autoscaling.amazonaws.com",
        "operations": ["Decrypt", "GenerateDataKey"], "keyId": "<key8>-1111-4222-8333-444455556666"},
        {"grantId": "<uuid>"}, read=False, more=INTERNAL)),
    Change("backup", 2, write("ec2", "CreateSnapshot", {"volumeId": "vol-<key8>000000001", "description": "daily"},
        {"requestId": "<request>", "snapshotId": "snap-<id17>", "status": "pending", "encrypted": True})),
    Change("backup", 2, write("ec2", "DeleteSnapshot", {"snapshotId": "snap-<id17>"}, {"requestId": "<request>", "_return": True})),
    Change("backup", 0.05, write("ec2", "ModifySnapshotAttribute", {"snapshotId": "snap-<id17>",
        "attributeType": "CREATE_VOLUME_PERMISSION", "createVolumePermission": {"add": {"items": [{"userId": "<audit>"}]}}},
        {"requestId": "<request>", "_return": True})),
    Change("backup", 1, write("rds", "CreateDBSnapshot", {"dBSnapshotIdentifier": "daily-<build>", "dBInstanceIdentifier": "orders"},
        {"dBSnapshotIdentifier": "daily-<build>", "engine": "postgres", "encrypted": True, "status": "creating"})),
    Change("admin", 0.05, write("iam", "CreateAccessKey", {"userName": "it-admin"}, {"accessKey": {
        "accessKeyId": "<newkey>", "status": "Active", "userName": "it-admin", "createDate": "<expires>"}}), MANAGEMENT, is_global=True),
    Change("admin", 0.05, write("iam", "UpdateAccessKey", {"userName": "it-admin", "status": "Inactive",
        "accessKeyId": "<newkey>"}), MANAGEMENT, is_global=True),
    Change("admin", 0.3, Act("organizations", "ListAccounts"), MANAGEMENT, is_global=True),
)  # fmt: skip
"""Every kind of change in an ordinary week."""
