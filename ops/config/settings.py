"""The sections of a landing-zone file: one class each, every field described.

`ops.config.forms` says what a text may look like, `ops.config.landing_zone` puts the sections
together. The descriptions here are the reference page.
"""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from ops.config.forms import (
    RECIPIENTS,
    AccountId,
    BucketName,
    ControlId,
    Endpoint,
    KeyArn,
    KeyPrefix,
    OrganizationId,
    PolicyTarget,
    PrincipalArn,
    Region,
    RoleName,
    RootId,
    Text,
    TrailName,
    UnitId,
    Version,
    readable_at_once,
    whole,
)


class Section(BaseModel):
    """A part of the file: no unknown fields, nothing converted, unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Unit(Section):
    """An organisational unit."""

    id: UnitId = Field(description="The unit's id.")
    name: Text = Field(description="The unit's name.")


class Account(Section):
    """An account of the organisation."""

    id: AccountId = Field(description="The account's id.")
    name: Text = Field(description="The account's name, for people.")
    unit: UnitId | None = Field(None, description="The unit it lies in; the root without one.")


class Organization(Section):
    """The organisation as it is: Atalaya never creates or changes it."""

    id: OrganizationId = Field(description="The organisation's id.")
    root_id: RootId = Field(description="The id of its root.")
    management_account: AccountId = Field(
        description="The management account: owns the trail, its log group and its alarms."
    )
    log_archive_account: AccountId = Field(
        description="The account that holds the archive bucket and its key."
    )
    audit_account: AccountId = Field(description="The account auditors work from.")
    delegated_administrator: AccountId | None = Field(
        None, description="The account registered as CloudTrail's delegated administrator."
    )
    units: list[Unit] = Field(default_factory=list, description="The organisational units.")
    accounts: list[Account] = Field(
        min_length=1, description="Every account of the organisation, the three above included."
    )


class Regions(Section):
    """The regions the landing zone uses."""

    home: Region = Field(description="Where the trail, its key, bucket and alarms live.")
    governed: list[Region] = Field(
        min_length=1,
        description="Regions enabled by default that are in use, the home region included.",
    )
    opt_in: list[Region] = Field(
        default_factory=list, description="Regions that were enabled by hand."
    )


class StandaloneAccount(Section):
    """An account outside the organisation that delivers into the same archive."""

    id: AccountId = Field(description="The account's id.")
    name: Text = Field(description="The account's name, for people.")
    home_region: Region | None = Field(
        None, description="Its trail's home region; the landing zone's without one."
    )
    trail_name: TrailName | None = Field(
        None, description="Its trail's name; the organisation trail's without one."
    )
    role_name: RoleName | None = Field(
        None, description="The role to assume there; `deploy.role_name` without one."
    )


class ObjectLock(Section):
    """How long a delivered file cannot be deleted or overwritten."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"] = Field(
        "GOVERNANCE",
        description="GOVERNANCE, or COMPLIANCE: which nobody can shorten, root neither.",
    )
    days: int = Field(365, ge=1, le=36500, description="Days each object is locked.")


class Transition(Section):
    """A cheaper storage class for older files, still readable at once."""

    storage_class: Annotated[
        Literal["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR"],
        BeforeValidator(readable_at_once),
    ] = Field(
        description="The storage class. GLACIER and DEEP_ARCHIVE are refused: "
        "digests in them could not be verified without a restore."
    )
    days: int = Field(ge=0, le=36500, description="Age in days.")


class Archive(Section):
    """The archive: one bucket, one key, in the log-archive account."""

    bucket: BucketName | None = Field(
        None, description="The bucket's name; computed from name, account and region without one."
    )
    existing_bucket: bool = Field(
        default=False,
        description="Whether `bucket` exists already; its settings are then left alone, "
        "and only its policy is written.",
    )
    existing_key_arn: KeyArn | None = Field(
        None, description="A KMS key that exists already; its policy is then left alone."
    )
    expire_days: int | None = Field(
        2557, ge=1, le=36500, description="Days until a file is deleted; never if null."
    )
    object_lock: ObjectLock = Field(
        default_factory=ObjectLock, description="The bucket's default retention."
    )
    transition: Transition | None = Field(None, description="An earlier, cheaper storage class.")
    access_log_days: int = Field(
        365, ge=1, le=36500, description="Days the bucket's own access logs are kept."
    )


class LogGroup(Section):
    """The CloudWatch log group the metric filters watch."""

    retention_days: Annotated[
        Literal[
            0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
            2557, 2922, 3288, 3653,
        ],
        BeforeValidator(whole),
    ] = Field(365, description="Days events are kept; 0 keeps them for ever.")  # fmt: skip


class Recipient(Section):
    """Somebody an alarm reaches."""

    protocol: Literal["email", "email-json", "https", "sqs", "sms", "lambda"] = Field(
        description="How: an SNS protocol; plain http is not one."
    )
    endpoint: Text = Field(description="Where: an address, a URL, a number or an ARN.")

    @field_validator("endpoint")
    @classmethod
    def _suits_the_protocol(cls, endpoint: str, info: ValidationInfo) -> str:
        form = RECIPIENTS.get(info.data.get("protocol", ""))
        return form.check(endpoint) if form else endpoint


class Guardrails(Section):
    """Policies that keep member accounts off the trail and the archive."""

    targets: list[PolicyTarget] = Field(
        default_factory=list,
        description="What the trail's service control policy is attached to; none: no policy.",
    )
    protect_archive: bool = Field(
        default=True,
        description="Attach the archive's service control and resource control policies "
        "to the log-archive account.",
    )
    break_glass_role: RoleName = Field(
        "AtalayaBreakGlass", description="The role the policies spare, in every account."
    )
    external_readers: list[PrincipalArn] = Field(
        default_factory=list,
        description="Principals outside the organisation that may read the archive.",
    )


class LocalState(Section):
    """Terraform state on this machine, under .atalaya/NAME/state/."""

    backend: Literal["local"] = Field("local", description="Where the state is kept.")


class S3State(Section):
    """Terraform state in S3, locked by a lock file."""

    backend: Literal["s3"] = Field(description="Where the state is kept.")
    bucket: BucketName = Field(description="The state bucket.")
    region: Region = Field(description="Its region.")
    prefix: KeyPrefix = Field("atalaya", description="Key prefix of the state files.")
    kms_key_id: KeyArn | None = Field(None, description="The key that encrypts the state.")


class Deploy(Section):
    """How Terraform reaches the accounts."""

    role_name: RoleName = Field(
        "OrganizationAccountAccessRole",
        description="The role assumed in every account but the management account; "
        "the guardrails spare it.",
    )
    management_role_name: RoleName | None = Field(
        None,
        description="The role assumed in the management account; without one, your own "
        "credentials must be of that account.",
    )
    provider_version: Version = Field(
        "5.100.0", description="The AWS provider's version, from 5.100.0 up to, not with, 7.0.0."
    )
    endpoint: Endpoint | None = Field(
        None,
        description="Another AWS endpoint: `lab` for the embedded one, or a URL.",
    )
    state: Annotated[LocalState | S3State, Field(discriminator="backend")] = Field(
        default_factory=LocalState, description="Where Terraform keeps its state."
    )


class Accepted(Section):
    """A failed control that is justified."""

    control: ControlId = Field(description="The control, as `ops deploy check` names it.")
    reason: Text = Field(description="Why it is acceptable here.")
