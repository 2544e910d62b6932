"""Athena in the audit account: its key, and the role that analysts take.

The role runs queries in the one workgroup, reads the one database and what its
tables lie in, and writes results. It changes no table and nothing in the archive.

Sources: Athena User Guide, "Example workgroup policies", "Configure access to
databases and tables in the AWS Glue Data Catalog" (the default database),
"Access encrypted data in Amazon S3".
"""

from collections.abc import Iterator

from modules.policies.bucket import FIND_OBJECTS, delivered_objects
from modules.policies.parties import root_delegation, via_s3
from modules.policies.statement import Document, Statement, accounts, allow, assume, document
from ops import names
from ops.config import LandingZone


def analytics_key_policy(zone: LandingZone) -> Document:
    """Return the policy of the key that encrypts results: the audit account's own IAM decides."""
    return document(root_delegation(zone, zone.organization.audit_account))


def analyst_trust(zone: LandingZone) -> Document:
    """Return the trust policy: the config's analysts may assume the role.

    The config asks for analysts wherever analytics is deployed; without any,
    asking for the policy is a mistake of the caller: ValueError.
    """
    if not zone.analytics.analysts:
        raise ValueError("an analyst role needs analysts")
    return document(assume("AllowAnalysts", accounts(*zone.analytics.analysts)))


def analyst_policy(zone: LandingZone, key_arn: str, results_key_arn: str) -> Document:
    """Return what the role may do; the keys are those of the archive and of the results."""
    results = names.results_bucket_arn(zone)
    return document(
        allow(
            "RunQueries",
            (
                "athena:BatchGetQueryExecution",
                "athena:GetNamedQuery",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
                "athena:ListNamedQueries",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ),
            names.workgroup_arn(zone),
        ),
        *_catalog_reads(zone),
        allow("ReadLogs", "s3:GetObject", delivered_objects(zone)),
        allow("FindLogs", FIND_OBJECTS, names.bucket_arn(zone)),
        allow("DecryptLogs", "kms:Decrypt", key_arn, condition=via_s3(zone)),
        *_store_reads(zone),
        allow(
            "KeepResults",
            (
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ),
            f"{results}/*",
        ),
        allow("FindResults", (*FIND_OBJECTS, "s3:ListBucketMultipartUploads"), results),
        allow(
            "EncryptResults",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            results_key_arn,
            condition=via_s3(zone),
        ),
    )


def _catalog_reads(zone: LandingZone) -> Iterator[Statement]:
    database = names.analytics_database(zone)
    catalog = names.glue_arn(zone, "catalog")
    yield allow(
        "ReadCatalog",
        (
            "glue:GetDatabase",
            "glue:GetPartition",
            "glue:GetPartitions",
            "glue:GetTable",
            "glue:GetTables",
        ),
        [
            catalog,
            names.glue_arn(zone, f"database/{database}"),
            names.glue_arn(zone, f"table/{database}/*"),
        ],
    )
    # Athena looks for the default database whichever one is asked, and makes it if need be.
    yield allow(
        "FindDefaultDatabase",
        ("glue:CreateDatabase", "glue:GetDatabase"),
        [catalog, names.glue_arn(zone, "database/default")],
    )


def _store_reads(zone: LandingZone) -> Iterator[Statement]:
    analytics = zone.analytics
    if analytics.store is None:
        return
    place = f"arn:{zone.partition}:s3:::{analytics.store.removeprefix('s3://')}"
    yield allow("ReadStore", "s3:GetObject", f"{place}/*")
    yield allow("FindStore", FIND_OBJECTS, place.split("/", maxsplit=1)[0])
    if analytics.store_key_arn:
        key = analytics.store_key_arn
        yield allow("DecryptStore", "kms:Decrypt", key, condition=via_s3(zone))
