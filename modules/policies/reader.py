"""The reader role: what verifiers and auditors may do, and who may take the role.

It reads and lists the delivered objects, decrypts them, and asks CloudTrail and
Organizations what verification compares them with. It changes nothing.
"""

from modules.policies.bucket import LIST_BUCKET, READ_OBJECTS, delivered_objects
from modules.policies.parties import via_s3
from modules.policies.statement import Document, accounts, allow, assume, document
from ops import names
from ops.config import LandingZone


def reader_trust(zone: LandingZone) -> Document:
    """Return the trust policy: the config's readers may assume the role.

    Without any reader there is no role to make; asking for its trust policy is
    then a mistake of the caller: ValueError.
    """
    if not zone.readers:
        raise ValueError("a reader role needs readers; leave the role out without any")
    return document(assume("AllowReaders", accounts(*zone.readers)))


def reader_policy(zone: LandingZone, key_arn: str) -> Document:
    """Return what the role may do; `key_arn` is the key the archive is encrypted with."""
    return document(
        allow("ReadLogs", READ_OBJECTS, delivered_objects(zone)),
        # Not limited to prefixes: else S3 says 403, not 404, for a missing object.
        allow("ListArchive", LIST_BUCKET, names.bucket_arn(zone)),
        allow("DecryptLogs", "kms:Decrypt", key_arn, condition=via_s3(zone)),
        # These four know no resource types (Service Authorization Reference).
        allow(
            "CompareWithCloudTrail",
            (
                "cloudtrail:ListPublicKeys",
                "cloudtrail:LookupEvents",
                "organizations:DescribeOrganization",
                "organizations:ListAccounts",
            ),
            "*",
        ),
    )
