"""Athena over the archive: whether, for whom, and within which limits."""

from pydantic import Field

from ops.config.forms import KeyArn, PrincipalArn, StoreLocation
from ops.config.settings import Section


class Analytics(Section):
    """Athena over the archive: a database, a workgroup and a role in the audit account."""

    enabled: bool = Field(default=False, description="Whether to deploy it.")
    analysts: list[PrincipalArn] = Field(
        default_factory=list,
        description="Principals that may assume the analyst role; needed if it is deployed.",
    )
    scan_limit_bytes: int = Field(
        100_000_000_000,
        ge=10_000_000,
        le=1_000_000_000_000_000,
        description="Bytes one query may read; Athena ends it there. Athena bills what was read.",
    )
    usd_per_terabyte: float = Field(
        5.0,
        ge=0,
        le=1000,
        allow_inf_nan=False,
        description="What Athena charges for reading a terabyte in the home region, in USD.",
    )
    results_days: int = Field(
        30, ge=1, le=36500, description="Days the results of queries are kept."
    )
    named_queries: bool = Field(
        default=True, description="Whether to save queries in the workgroup for the console."
    )
    store: StoreLocation | None = Field(
        None, description="A store of collected events in S3: then it is a table too."
    )
    store_key_arn: KeyArn | None = Field(
        None, description="The KMS key that encrypts the store, if a key of yours does."
    )
