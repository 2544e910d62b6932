"""Athena over the archive: tables, a workgroup, what it writes to, and who may ask."""

from typing import Any

from modules import policies
from modules.archive import AccessLogBucket, Bucket, lifecycle_rule
from modules.cdk import Construct, aws, block
from modules.key import Key
from modules.role import Role
from ops import catalog, names, saved
from ops.config import LandingZone


class Results(Bucket):
    """The bucket that Athena writes results to: they hold parts of the logs, and expire."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone) -> None:
        super().__init__(scope, id, name=names.results_bucket(zone), archive=False)
        self.key = Key(
            self,
            "key",
            alias=f"{names.stem(zone)}-results",
            description="Encrypts the results of Athena queries",
            policy=policies.analytics_key_policy(zone),
        )
        self.encrypt(key_arn=self.key.arn)
        self.allow(policies.results_bucket_policy(zone))
        self.expire([lifecycle_rule("expire", zone.analytics.results_days, 7)])
        access_logs = AccessLogBucket(
            self,
            "access-logs",
            name=names.results_access_log_bucket(zone),
            policy=policies.results_access_log_bucket_policy(zone),
            days=zone.archive.access_log_days,
        )
        self.log_to(access_logs, "results/")


class Catalog(Construct):
    """The database, and every table that `ops.catalog` describes."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone) -> None:
        super().__init__(scope, id)
        self.database = aws.glue_catalog_database.GlueCatalogDatabase(
            self,
            "database",
            name=names.analytics_database(zone),
            description=f"The CloudTrail logs of landing zone {zone.name}",
        )
        for table in catalog.tables(zone):
            aws.glue_catalog_table.GlueCatalogTable(
                self,
                table.name,
                name=table.name,
                database_name=self.database.name,
                description=table.meaning,
                table_type="EXTERNAL_TABLE",
                parameters={key: _literal(value) for key, value in table.parameters().items()},
                partition_keys=[
                    block(name=partition.name, type="string") for partition in table.partitions
                ],
                storage_descriptor=_storage(table),
            )


class Workgroup(Construct):
    """Where queries run: encrypted, limited, and not to be talked out of either."""

    def __init__(
        self, scope: Construct, id: str, *, zone: LandingZone, results: Results, database: str
    ) -> None:
        super().__init__(scope, id)
        encryption = {"encryption_option": "SSE_KMS", "kms_key_arn": results.key.arn}
        self.resource = aws.athena_workgroup.AthenaWorkgroup(
            self,
            "workgroup",
            name=names.workgroup(zone),
            description=f"Questions to the CloudTrail logs of landing zone {zone.name}",
            # What it holds is the history of queries and the saved ones, which are made here.
            force_destroy=True,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": zone.analytics.scan_limit_bytes,
                "result_configuration": {
                    "output_location": f"s3://{names.results_bucket(zone)}/results/",
                    "expected_bucket_owner": zone.organization.audit_account,
                    "encryption_configuration": encryption,
                },
            },
            depends_on=[results.policy],
        )
        if zone.analytics.named_queries:
            for query in saved.queries(zone):
                self._save(query, database)

    def _save(self, query: saved.Query, database: str) -> None:
        aws.athena_named_query.AthenaNamedQuery(
            self,
            query.name,
            name=query.name,
            description=query.meaning,
            workgroup=self.resource.name,
            database=database,
            query=_literal(query.text),
        )


class Analyst(Role):
    """A role of the audit account that the config's analysts may assume."""

    def __init__(
        self, scope: Construct, id: str, *, zone: LandingZone, key_arns: tuple[str, str]
    ) -> None:
        super().__init__(
            scope,
            id,
            name=names.analyst_role(zone),
            description="Asks Athena about the CloudTrail archive",
            trust=policies.analyst_trust(zone),
            may="ask-athena",
            policy=policies.analyst_policy(zone, *key_arns),
        )


def _storage(table: catalog.Table) -> dict[str, Any]:
    read_by, written_by, serialization = table.form.value
    return {
        "location": table.location,
        "input_format": read_by,
        "output_format": written_by,
        "ser_de_info": {"serialization_library": serialization},
        "columns": [
            block(name=one.name, type=one.type, comment=one.meaning or None)
            for one in table.columns
        ],
    }


def _literal(text: str) -> str:
    """Return a text that Terraform takes as it stands: `${` and `%{` begin its own."""
    return text.replace("${", "$${").replace("%{", "%%{")
