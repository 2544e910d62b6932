"""What workloads do all day: data events and calls with an effect nobody minds."""

from ops.lab.history.acts_reading import IDENTITY, S3_EXTRA, Weighted, bucket_read
from ops.lab.history.record import Act

_OBJECT = (
    ("AWS::S3::Object", "arn:<partition>:s3:::<bucket>/<object>"),
    ("AWS::S3::Bucket", "arn:<partition>:s3:::<bucket>"),
)
_KEY_ARN = "arn:<partition>:kms:<region>:<account>:key/<key8>-1111-4222-8333-444455556666"
_TABLE_ARN = "arn:<partition>:dynamodb:<region>:<account>:table/<table>"
_FUNCTION_ARN = "arn:<partition>:lambda:<region>:<account>:function:<function>"
_SECRET_ARN = "arn:<partition>:secretsmanager:<region>:<account>:secret:<secret>-a1B2c3"  # noqa: S105 (its name)
INTERNAL = {"sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal", "tlsDetails": None}


def on_object(name: str, *, read: bool, sent: str = "<#bytes>", received: str | int = 0) -> Act:
    """Return a call on one object, with the bytes that went each way."""
    params = {
        "bucketName": "<bucket>",
        "Host": "<bucket>.s3.<region>.amazonaws.com",
        "key": "<object>",
    }
    extra = {**S3_EXTRA, "bytesTransferredIn": received, "bytesTransferredOut": sent}
    answer = None if read else {"x-amz-server-side-encryption": "aws:kms"}
    more = {"requestID": "<request16>"}
    return Act(
        "s3", name, params, answer, read, extra, _OBJECT, data=True, more=more
    )  # fmt: skip


GET_OBJECT = on_object("GetObject", read=True)
PUT_OBJECT = on_object("PutObject", read=False, sent="<#in>", received="<#bytes>")
HEAD_OBJECT = on_object("HeadObject", read=True, sent="<#in>")
DELETE_OBJECT = on_object("DeleteObject", read=False, sent="<#in>")
LIST_OBJECTS = Act(
    "s3", "ListObjects",
    {"list-type": "2", "bucketName": "<bucket>", "prefix": "exports/", "Host": "<bucket>.s3.<region>.amazonaws.com"},
    extra=S3_EXTRA, resources=(("AWS::S3::Bucket", "arn:<partition>:s3:::<bucket>"),), data=True,
    more={"requestID": "<request16>"},
)  # fmt: skip
GET_SECRET = Act("secretsmanager", "GetSecretValue", {"secretId": _SECRET_ARN})
DECRYPT = Act(
    "kms", "Decrypt",
    {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"aws:s3:arn": "arn:<partition>:s3:::<bucket>"}},
    resources=(("AWS::KMS::Key", _KEY_ARN),), more=INTERNAL,
)  # fmt: skip
GET_PARAMETER = Act("ssm", "GetParameter", {"name": "<parameter>", "withDecryption": True})
INVOKE = Act(
    "lambda", "Invoke", {"functionName": _FUNCTION_ARN, "invocationType": "Event"},
    read=False, resources=(("AWS::Lambda::Function", _FUNCTION_ARN),), data=True,
)  # fmt: skip
GET_ITEM = Act(
    "dynamodb", "GetItem", {"tableName": "<table>", "key": {"id": "<id8>"}, "consistentRead": False},
    resources=(("AWS::DynamoDB::Table", _TABLE_ARN),), data=True,
)  # fmt: skip

TASK: Weighted = (
    (16, GET_OBJECT),
    (7, PUT_OBJECT),
    (4, HEAD_OBJECT),
    (2, LIST_OBJECTS),
    (8, DECRYPT),
    (9, GET_ITEM),
    (3, GET_PARAMETER),
    (1.2, GET_SECRET),
    (3, Act("sqs", "ReceiveMessage", {"queueUrl": "https://sqs.<region>.amazonaws.com/<account>/<queue>",
                                      "maxNumberOfMessages": 10, "waitTimeSeconds": 20}, data=True)),
    (0.3, Act("secretsmanager", "DescribeSecret", {"secretId": "<secret>"})),
    (0.15, GET_OBJECT.failing("NoSuchKey", "The specified key does not exist.")),
    (0.1, GET_ITEM.failing("ThrottlingException", "Rate exceeded")),
    (0.04, GET_PARAMETER.failing(
        "AccessDeniedException",
        "User: <principal> is not authorized to perform: ssm:GetParameter because no "
        "identity-based policy allows the ssm:GetParameter action")),
)  # fmt: skip
"""A service in a container: objects, a table, secrets, a queue."""

FUNCTION: Weighted = (
    (10, INVOKE),
    (4, GET_ITEM),
    (3, GET_OBJECT),
    (2, PUT_OBJECT),
    (1, DELETE_OBJECT),
    (2, DECRYPT),
    (1, Act("sns", "Publish", {"topicArn": "arn:<partition>:sns:<region>:<account>:<queue>",
                               "message": "HIDDEN_DUE_TO_SECURITY_REASONS"}, read=False, data=True)),
)  # fmt: skip

INSTANCE: Weighted = (
    (4, Act("ssm", "UpdateInstanceInformation", {
        "instanceId": "<instance>", "agentVersion": "3.3.3050.0", "agentStatus": "Active",
        "platformType": "Linux", "platformName": "Amazon Linux", "platformVersion": "2023",
        "iPAddress": "<host>", "computerName": "ip-<id8>.ec2.internal",
        "agentName": "amazon-ssm-agent"}, read=False)),
    (2, Act("ssm", "ListInstanceAssociations", {"instanceId": "<instance>", "maxResults": 20})),
    (2, Act("ec2", "DescribeTags", {"filterSet": {"items": [
        {"name": "resource-id", "valueSet": {"items": [{"value": "<instance>"}]}}]}})),
    (3, GET_OBJECT),
    (1, Act("monitoring", "PutMetricData", {"namespace": "CWAgent"}, read=False)),
)  # fmt: skip
"""A virtual machine with the agents of Systems Manager and CloudWatch."""

BUILD: Weighted = (
    (4, Act("ecr", "GetAuthorizationToken", {})),
    (4, Act("ecr", "BatchCheckLayerAvailability", {
        "repositoryName": "checkout", "registryId": "<account>", "layerDigests": ["sha256:<uuid>"]})),
    (2, Act("ecr", "PutImage", {"repositoryName": "checkout", "imageTag": "build-<build>"}, {
        "image": {"registryId": "<account>", "repositoryName": "checkout"}}, read=False)),
    (3, PUT_OBJECT),
    (1, IDENTITY),
    (1, bucket_read("GetBucketLocation", "location")),
)  # fmt: skip
"""A build server that still has a long-term access key."""

LOG_DELIVERY: Weighted = (
    (3, bucket_read("GetBucketAcl", "acl")),
    (4, Act("kms", "GenerateDataKey", {
        "keySpec": "AES_256", "keyId": _KEY_ARN,
        "encryptionContext": {"aws:s3:arn": "arn:<partition>:s3:::<bucket>"}},
        resources=(("AWS::KMS::Key", _KEY_ARN),))),
)  # fmt: skip
"""What CloudTrail itself does in the log-archive account."""
