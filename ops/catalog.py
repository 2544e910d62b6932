"""The tables that Athena reads: where they lie, their columns, their partitions.

Partitions are projected: Athena computes their names and places from a table's
parameters, so nothing has to be registered when a new day begins. Knows names
and text; talks to nobody.

Sources: Athena User Guide, "Create the table for CloudTrail logs in Athena using
partition projection", "Supported types for partition projection".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ops import layout, names
from ops.config import LandingZone
from ops.history import schema
from ops.layout import Family

LOGS = "cloudtrail"
"""The archive as CloudTrail delivers it."""
STANDALONE_LOGS = "cloudtrail_standalone"
"""The same of the standalone accounts, whose folders lie elsewhere."""
EVENTS = "events"
"""The store: an event a row, with the columns of `ops.history.schema`."""
UNDATED_EVENTS = "events_undated"
"""What of the store has no readable time, which no day holds."""

_FIRST_DAY = "2013-11-13"
"""CloudTrail's own first day: nothing it recorded is older."""


class Form(Enum):
    """How the files of a table are read: Hive's classes for them."""

    CLOUDTRAIL = (
        "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hive.hcatalog.data.JsonSerDe",
    )
    PARQUET = (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    )


@dataclass(frozen=True, slots=True)
class Field:
    """A column, by the name and type that Hive knows."""

    name: str
    type: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A partition column whose values are known beforehand."""

    name: str
    values: tuple[str, ...]

    def projection(self) -> dict[str, str]:
        """Return its parameters."""
        return {
            f"projection.{self.name}.type": "enum",
            f"projection.{self.name}.values": ",".join(self.values),
        }


@dataclass(frozen=True, slots=True)
class Dated:
    """A partition column of days (UTC), from a first one to today."""

    name: str
    form: str
    """How a day is written, in the letters of Java's DateTimeFormatter."""
    first: str
    """The first day in that form, or how long ago: NOW-30DAYS."""

    def projection(self) -> dict[str, str]:
        """Return its parameters."""
        return {
            f"projection.{self.name}.type": "date",
            f"projection.{self.name}.format": self.form,
            f"projection.{self.name}.range": f"{self.first},NOW",
            f"projection.{self.name}.interval": "1",
            f"projection.{self.name}.interval.unit": "DAYS",
        }


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    meaning: str
    form: Form
    location: str
    """The folder all of it lies in."""
    columns: tuple[Field, ...]
    partitions: tuple[Listed | Dated, ...] = ()
    template: str = ""
    """A partition's folder, with `${name}` for the value of each partition column."""

    def parameters(self) -> dict[str, str]:
        """Return the parameters that say how partitions are projected."""
        kind = {"classification": self.form.name.lower(), "EXTERNAL": "TRUE"}
        if not self.partitions:
            return kind
        found = {**kind, "projection.enabled": "true", "storage.location.template": self.template}
        for partition in self.partitions:
            found |= partition.projection()
        return found


def tables(zone: LandingZone) -> tuple[Table, ...]:
    """Return every table of a landing zone."""
    return (*_logs(zone), *_store(zone))


def _logs(zone: LandingZone) -> Iterator[Table]:
    organization, standalone = zone.organization, zone.standalone_accounts
    yield _delivered(
        zone,
        LOGS,
        f"The logs of organisation {organization.id}, as CloudTrail delivers them",
        [account.id for account in organization.accounts],
        organization.id,
    )
    if standalone:
        yield _delivered(
            zone,
            STANDALONE_LOGS,
            "The logs of the accounts outside the organisation, as CloudTrail delivers them",
            [account.id for account in standalone],
            None,
        )


def _delivered(
    zone: LandingZone, name: str, meaning: str, accounts: list[str], organization: str | None
) -> Table:
    prefix, root = zone.trail.prefix, f"s3://{names.bucket(zone)}/"
    folder = layout.day_template(
        account="${account}", family="${family}", region="${region}", day="${date}",
        organization=organization, prefix=prefix,
    )  # fmt: skip
    owner = layout.delivery_prefix(organization, prefix=prefix) if organization else None
    families = [Family.LOG, *([Family.NETWORK] if zone.trail.network_activity else [])]
    regions = dict.fromkeys([*zone.regions.governed, *zone.regions.opt_in, *_homes(zone)])
    return Table(
        name,
        meaning,
        Form.CLOUDTRAIL,
        location=root + (owner or layout.root_prefix(prefix=prefix)),
        columns=RECORD,
        partitions=(
            Listed("account", tuple(accounts)),
            Listed("family", tuple(families)),
            Listed("region", tuple(regions)),
            Dated("date", layout.DAY_FORMAT, _oldest(zone)),
        ),
        template=root + folder,
    )


def _homes(zone: LandingZone) -> list[str]:
    """Return where standalone accounts have their trails: there they certainly log."""
    return [names.standalone_region(zone, account) for account in zone.standalone_accounts]


def _oldest(zone: LandingZone) -> str:
    """Return the first day a log can lie in the archive."""
    if zone.trail.logging_since:
        return f"{zone.trail.logging_since:%Y/%m/%d}"
    if zone.archive.existing_bucket or zone.archive.expire_days is None:
        return _FIRST_DAY.replace("-", "/")
    return f"NOW-{zone.archive.expire_days}DAYS"


def _store(zone: LandingZone) -> Iterator[Table]:
    if zone.analytics.store is None:
        return
    location = f"{zone.analytics.store}/"
    day = schema.PARTITION.name
    yield Table(
        EVENTS,
        "The store that `ops collect` fills: an event a row",
        Form.PARQUET,
        location,
        STORED,
        (Dated(day, "yyyy-MM-dd", _FIRST_DAY),),
        template=f"{location}{day}=${{{day}}}/",
    )
    yield Table(
        UNDATED_EVENTS,
        "What of the store has no readable time, and so no day",
        Form.PARQUET,
        f"{location}{day}=unknown/",
        STORED,
    )


_STORED_TYPES = {
    "text": "string", "flag": "boolean", "time": "timestamp", "number": "bigint", "json": "string",
}  # fmt: skip
STORED = (
    *(Field(one.name, _STORED_TYPES[one.kind], one.meaning) for one in schema.COLUMNS),
    *(Field(one.name, _STORED_TYPES[one.type], one.meaning) for one in schema.KEPT),
)
"""The store's columns, in the order of the file."""


def _struct(**fields: str) -> str:
    return f"struct<{','.join(f'{name}:{kind}' for name, kind in fields.items())}>"


def _texts(*fields: str) -> dict[str, str]:
    return dict.fromkeys(fields, "string")


_SESSION = _struct(
    attributes=_struct(**_texts("mfaauthenticated", "creationdate")),
    sessionissuer=_struct(**_texts("type", "principalid", "arn", "accountid", "username")),
    ec2roledelivery="string",
    sourceidentity="string",
    webidfederationdata=_struct(federatedprovider="string", attributes="map<string,string>"),
)
_USER = _struct(
    **_texts("type", "principalid", "arn", "accountid", "invokedby", "accesskeyid", "username"),
    onbehalfof=_struct(**_texts("userid", "identitystorearn")),
    sessioncontext=_SESSION,
)
_STRUCTURED = {
    "useridentity": _USER,
    "resources": f"array<{_struct(**_texts('arn', 'accountid', 'type'))}>",
    "addendum": _struct(
        **_texts("reason", "updatedfields", "originalrequestid", "originaleventid")
    ),
    "tlsdetails": _struct(**_texts("tlsversion", "ciphersuite", "clientprovidedhostheader")),
}
RECORD = tuple(
    Field(name, _STRUCTURED.get(name, "string"))
    for name in (
        "eventversion", "useridentity", "eventtime", "eventsource", "eventname", "awsregion",
        "sourceipaddress", "useragent", "errorcode", "errormessage", "requestparameters",
        "responseelements", "additionaleventdata", "requestid", "eventid", "readonly",
        "managementevent", "resources", "eventtype", "apiversion", "recipientaccountid",
        "serviceeventdetails", "sharedeventid", "vpcendpointid", "vpcendpointaccountid",
        "eventcategory", "addendum", "sessioncredentialfromconsole", "edgedevicedetails",
        "tlsdetails",
    )
)  # fmt: skip
"""A record's fields as Athena reads them: lower case, the bags as JSON text."""
