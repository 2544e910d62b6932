"""The forms a text in a landing-zone file may take, and the words errors use for them.

Every text of the config is one of these types. A value that breaks its form is
answered with the form's own words, so a reader never sees a pattern.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ops import layout


@dataclass(frozen=True, slots=True)
class Form:
    """The allowed form of a text, and the words an error describes it with."""

    pattern: str
    words: str

    def fits(self, value: object) -> bool:
        """Whether a value has this form."""
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None

    def check(self, value: object) -> str:
        """Return the text, or raise the error that names the allowed form."""
        if isinstance(value, str) and self.fits(value):
            return value
        raise wrong(self.words)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Tell pydantic to check with this form and nothing else."""
        return core_schema.no_info_plain_validator_function(self.check)


def wrong(words: str) -> PydanticCustomError:
    """Return the error of a value that must be something else: `must be <words>`."""
    return PydanticCustomError("form", "must be {words}", {"words": words})


# Terraform reads `${` and `%{` in any text of a stack as the start of an expression.
# Besides those no control characters, and none that turn the direction of writing.
_CHARACTER = (
    r"(?:(?![$%]\{)[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff])"
)
_PLAIN_WORDS = "without control characters, ${ or %{"

AccountId = Annotated[str, Form(r"[0-9]{12}", 'twelve digits in quotes, such as "111122223333"')]
OrganizationId = Annotated[
    str, Form(r"o-[a-z0-9]{10,32}", "an organisation id, such as o-a1b2c3d4e5")
]
RootId = Annotated[str, Form(r"r-[a-z0-9]{4,32}", "a root id, such as r-ab12")]
UnitId = Annotated[
    str, Form(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}", "a unit id, such as ou-ab12-11111111")
]
PolicyTarget = Annotated[
    str,
    Form(
        r"[0-9]{12}|r-[a-z0-9]{4,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}",
        "the id of an account (in quotes), a unit (ou-…) or the root (r-…)",
    ),
]
Region = Annotated[str, Form(r"[a-z]{2}(-[a-z]+)+-[0-9]", "a region code, such as eu-west-1")]
Slug = Annotated[
    str,
    Form(
        r"(?=.{2,20}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "2 to 20 lower-case letters and digits, a letter first, single hyphens between",
    ),
]
_RULE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
RuleName = Annotated[str, Form(_RULE, "a rule's name, such as root-usage")]
RuleChoice = Annotated[
    str,
    Form(
        _RULE,
        "the name of a rule, a profile such as cis-5.0, or a tag such as attack.t1562.008",
    ),
]
# Source: CloudTrail User Guide, "CloudTrail trail naming requirements".
TrailName = Annotated[
    str,
    Form(
        r"(?!.*[._-]{2})(?!([0-9]+\.){3}[0-9]+\Z)[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]",
        "a trail name: 3 to 128 letters, digits, . _ or -, no two of those signs together, "
        "a letter or digit at both ends, not like an IP address",
    ),
]
# A `*` would widen the bucket policy's paths; and CloudTrail's own path begins behind the prefix.
# Source: CloudTrail API Reference, CreateTrail: S3KeyPrefix, at most 200 characters.
KEY_PREFIX_FORM = Form(
    rf"(?=.{{0,200}}\Z)(?!(.*/)?(\.\.?|{layout.ROOT})(/|\Z))"
    r"(|[A-Za-z0-9!_.'()-]+(/[A-Za-z0-9!_.'()-]+)*)",
    "an S3 key prefix: at most 200 letters, digits and !_.'()-, in parts separated by "
    "single slashes, none at either end, no part being . or .. "
    f"or {layout.ROOT}",
)
KeyPrefix = Annotated[str, KEY_PREFIX_FORM]
# Source: S3 User Guide, "General purpose bucket naming rules".
BUCKET_FORM = Form(
    r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(\.\.|-s3alias\Z|--ol-s3\Z|\.mrap\Z|--x-s3\Z|--table-s3\Z))"
    r"(?!([0-9]+\.){3}[0-9]+\Z)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "a bucket name: 3 to 63 lower-case letters, digits, single . or -, a letter or digit at "
    "both ends, not like an IP address, none of S3's reserved beginnings or endings",
)
BucketName = Annotated[str, BUCKET_FORM]
_STORE = re.compile(r"s3://(?P<bucket>[^/]+)(?:/(?P<prefix>.*))?")
_STORE_WORDS = "s3://BUCKET or s3://BUCKET/PREFIX, without a slash at the end"


def _store(value: object) -> str:
    """Check where a store lies: a bucket, and a key prefix if it is not the bucket's root."""
    found = _STORE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not BUCKET_FORM.fits(found["bucket"]) or found["prefix"] == "":
        raise wrong(_STORE_WORDS)
    KEY_PREFIX_FORM.check(found["prefix"] or "")
    return found[0]


# Source: IAM API Reference, CreateRole.
RoleName = Annotated[
    str, Form(r"[A-Za-z0-9_+=,.@-]{1,64}", "an IAM role name: 1 to 64 letters, digits or _+=,.@-")
]
KeyArn = Annotated[
    str,
    Form(
        r"arn:aws(-us-gov|-cn)?:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+",
        "the ARN of a KMS key (arn:…:kms:REGION:ACCOUNT:key/ID), not of an alias: "
        "a trail stores the key's own ARN and would differ at every plan",
    ),
]
PrincipalArn = Annotated[
    str,
    Form(
        r"arn:aws(-us-gov|-cn)?:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)",
        "the ARN of an IAM role, user or account root, such as arn:aws:iam::111122223333:root",
    ),
]
DataArn = Annotated[
    str,
    Form(
        r"arn:aws(-us-gov|-cn)?:[a-z0-9-]+(:((?![$%]\{)[!-~])*)?",
        "an ARN, or how one begins, such as arn:aws:s3:::bucket/",
    ),
]
ServiceName = Annotated[
    str, Form(r"[a-z0-9.-]+\.amazonaws\.com", "an event source, such as kms.amazonaws.com")
]
Version = Annotated[
    str, Form(r"[0-9]{1,4}(\.[0-9]{1,4}){2}", "a version of three numbers, such as 5.100.0")
]
ResourceType = Annotated[
    str,
    Form(
        r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+",
        "a CloudTrail resource type, such as AWS::S3::Object",
    ),
]
Text = Annotated[
    str,
    Form(rf"{_CHARACTER}{{1,256}}", f"a line of 1 to 256 characters, {_PLAIN_WORDS}"),
]
_TAG_SIGNS = r"[^\W]| |[.:/=+@-]"
# Source: IAM and S3 User Guides, "Tagging": the signs every service accepts.
TagKey = Annotated[
    str,
    Form(
        rf"(?![aA][wW][sS]:)(?:{_TAG_SIGNS}){{1,128}}",
        "a tag key: 1 to 128 letters, digits, spaces and _.:/=+-@, not beginning with aws:",
    ),
]
ListName = Annotated[
    str,
    Form(
        r"(?!(own_accounts|archive_buckets|archive_keys)\Z)[a-z][a-z0-9_]{0,39}",
        "the name of a list: 1 to 40 lower-case letters, digits or _, a letter first; own_accounts, "
        "archive_buckets and archive_keys are made from the rest of the file",
    ),
]
TagValue = Annotated[
    str,
    Form(
        rf"(?:{_TAG_SIGNS}){{0,256}}",
        "a text in quotes: at most 256 letters, digits, spaces and _.:/=+-@",
    ),
]
ControlId = Annotated[
    str,
    Form(
        r"[a-z0-9][a-z0-9.-]*:[!-~]{1,128}",
        "FRAMEWORK:CONTROL, such as checkov:CKV_AWS_144",
    ),
]

_MOMENT_WORDS = "a date and time with its offset, such as 2026-01-31T00:00:00Z"


def _moment(value: object) -> datetime:
    """Read a time; YAML has made a datetime of it unless it stands in quotes."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(found, datetime) and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(_MOMENT_WORDS)


def _endpoint(value: object) -> str:
    if value == "lab":
        return "lab"
    if isinstance(value, str) and re.fullmatch(r"https?://[A-Za-z0-9.:\[\]_-]+/?", value):
        try:
            where = urlsplit(value)
            if where.hostname and (where.port is None or where.port > 0):
                _refuse_plain_http(where.scheme, where.hostname)
                return value.rstrip("/")
        except ValueError:
            pass  # brackets or a port that cannot be read
    raise wrong(ENDPOINT_WORDS)


def _refuse_plain_http(scheme: str, host: str) -> None:
    """Credentials of assumed roles travel to the endpoint: in clear to this machine only."""
    if scheme == "https" or host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise wrong("https://… unless the host is this machine: credentials travel there")


ENDPOINT_WORDS = "the word lab, https://HOST[:PORT], or http:// and a port of this machine"


@dataclass(frozen=True, slots=True)
class Words:
    """The words for a form that only a function can check; for the reference page."""

    words: str


Moment = Annotated[datetime, BeforeValidator(_moment), Words(_MOMENT_WORDS)]
"""A time with its offset, kept in UTC."""
Endpoint = Annotated[str, BeforeValidator(_endpoint), Words(ENDPOINT_WORDS)]
StoreLocation = Annotated[str, BeforeValidator(_store), Words(_STORE_WORDS)]

RECIPIENTS = {
    "email": Form(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "an email address"),
    "email-json": Form(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "an email address"),
    "https": Form(r"https://[^\s/]+(/\S*)?", "a URL that begins with https://"),
    "sms": Form(r"\+[1-9][0-9]{6,14}", "a telephone number in quotes with + and country code"),
    "sqs": Form(
        r"arn:aws(-us-gov|-cn)?:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+", "the ARN of an SQS queue"
    ),
    "lambda": Form(
        r"arn:aws(-us-gov|-cn)?:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_:$-]+",
        "the ARN of a Lambda function",
    ),
}
"""What an SNS subscription's endpoint looks like, by protocol."""

ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
"""Storage classes whose objects must be restored before they can be read."""


def readable_at_once(value: object) -> object:
    """Refuse a storage class that a verifier could not read; pass on anything else."""
    if value in ARCHIVED:
        raise wrong(
            "a storage class that can be read at once: a digest in an archived tier could not "
            "be verified without a restore, and no prefix filter can keep digests out of it"
        )
    return value


def whole(value: object) -> object:
    """Refuse what a choice of numbers would take for one: `true` is 1 to Python."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong("a whole number")
    return value


def one_of(values: Iterable[str]) -> str:
    """Return choices as a phrase: `a, b or c`."""
    listed = list(values)
    return " or ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))
