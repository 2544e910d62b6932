"""Where CloudTrail puts things: every S3 key this project reads or writes.

The bucket policy, the readers and the Athena partitions must agree on these
paths, so they all ask here. Knows strings; never talks to AWS.

Source: CloudTrail User Guide, "Finding your CloudTrail log files".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, Protocol

ROOT = "AWSLogs"


def delivery_prefix(owner: str, *, prefix: str = "") -> str:
    """Return the key prefix under which one owner's logs and digests arrive.

    `owner` is an account id, or an organisation id for the member accounts'
    files of an organisation trail. `prefix` is the trail's own, without slashes.

    >>> delivery_prefix("111122223333")
    'AWSLogs/111122223333/'
    >>> delivery_prefix("o-a1b2c3d4e5", prefix="audit")
    'audit/AWSLogs/o-a1b2c3d4e5/'
    """
    head = f"{prefix}/" if prefix else ""
    return f"{head}{ROOT}/{owner}/"


class Family(StrEnum):
    """A kind of file CloudTrail delivers: the name of its folder."""

    LOG = "CloudTrail"
    INSIGHT = "CloudTrail-Insight"
    NETWORK = "CloudTrail-NetworkActivity"
    AGGREGATED = "CloudTrail-Aggregated"
    DIGEST = "CloudTrail-Digest"


LOG_FAMILIES = tuple(one for one in Family if one is not Family.DIGEST)
"""Every kind of file that holds events."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key of a delivered log file.

    Its name holds no trail: two trails with equal bucket and prefix share folders.
    """

    prefix: str
    organization: str | None
    account: str
    family: Family
    region: str
    day: date
    delivered: datetime
    """The minute of delivery, UTC; the events in it may be older."""
    unique: str

    @property
    def key(self) -> str:
        """The key, as S3 knows it."""
        return (
            f"{day_prefix(self, self.family, self.day)}{self.account}_{self.family}_{self.region}"
            f"_{_stamp(self.delivered)[:13]}Z_{self.unique}.json.gz"
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """Which digests belong together: one trail's, in one account and region.

    Backfill digests carry the same identity but are a sequence of their own.
    """

    prefix: str
    organization: str | None
    account: str
    region: str
    """Where the events were recorded and the digests signed."""
    trail: str
    home_region: str


@dataclass(frozen=True, slots=True)
class DigestKey:
    """The key of a digest file."""

    prefix: str
    organization: str | None
    account: str
    region: str
    day: date
    trail: str
    home_region: str
    end: datetime
    """The end of the interval it covers, UTC; of a backfill digest too."""
    backfill: bool

    @property
    def key(self) -> str:
        """The key, as S3 knows it."""
        return (
            f"{day_prefix(self, Family.DIGEST, self.day)}{self.account}_{Family.DIGEST}"
            f"_{self.region}_{self.trail}_{self.home_region}_{_stamp(self.end)}Z"
            f"{'_backfill' if self.backfill else ''}.json.gz"
        )

    @property
    def chain(self) -> Chain:
        """The chain it belongs to."""
        return Chain(
            self.prefix, self.organization, self.account, self.region, self.trail, self.home_region
        )


class Place(Protocol):
    """Whatever knows prefix, organisation, account and region: a key or a chain."""

    @property
    def prefix(self) -> str:
        """The trail's key prefix, without slashes at its ends."""

    @property
    def organization(self) -> str | None:
        """The organisation's id, of an organisation trail's files."""

    @property
    def account(self) -> str:
        """The account the files are about."""

    @property
    def region(self) -> str:
        """The region they were recorded in."""


def root_prefix(*, prefix: str = "") -> str:
    """Return what every delivered key under a trail's prefix begins with.

    >>> root_prefix(prefix="audit")
    'audit/AWSLogs/'
    """
    return f"{prefix}/{ROOT}/" if prefix else f"{ROOT}/"


def account_prefix(account: str, *, organization: str | None = None, prefix: str = "") -> str:
    """Return the folder of one account's families.

    >>> account_prefix("111122223333", organization="o-a1b2c3d4e5")
    'AWSLogs/o-a1b2c3d4e5/111122223333/'
    """
    owner = f"{organization}/{account}" if organization else account
    return delivery_prefix(owner, prefix=prefix)


def family_prefix(place: Place, family: Family) -> str:
    """Return the folder of one family, in one account and region."""
    account = account_prefix(place.account, organization=place.organization, prefix=place.prefix)
    return f"{account}{family}/{place.region}/"


def day_prefix(place: Place, family: Family, day: date) -> str:
    """Return the folder of one family's day (UTC); also where a listing may start after."""
    return f"{family_prefix(place, family)}{day.isoformat().replace('-', '/')}/"


DAY_FORMAT = "yyyy/MM/dd"
"""How a day's folders are written, in the letters of Java's DateTimeFormatter."""


def day_template(
    *, account: str, family: str, region: str, day: str, organization: str | None, prefix: str
) -> str:
    """Return the folder of one family's day with something else in the place of its parts.

    For whoever fills the parts in later: Athena's partitions are named so.

    >>> day_template(account="{a}", family="{f}", region="{r}", day="{d}",
    ...              organization=None, prefix="audit")
    'audit/AWSLogs/{a}/{f}/{r}/{d}/'
    """
    return f"{account_prefix(account, organization=organization, prefix=prefix)}{family}/{region}/{day}/"


def is_organization(segment: str) -> bool:
    """Whether a folder's name is an organisation id."""
    return bool(re.fullmatch(_ORGANIZATION, segment))


def is_account(segment: str) -> bool:
    """Whether a folder's name is an account id."""
    return bool(re.fullmatch(_ACCOUNT, segment))


def is_region(segment: str) -> bool:
    """Whether a folder's name is that of a region, of any partition."""
    return bool(re.fullmatch(_REGION, segment))


_ACCOUNT = r"[0-9]{12}"
_ORGANIZATION = r"o-[a-z0-9]{10,32}"
# us-east-1, us-gov-west-1, cn-northwest-1, us-isob-east-1, eusc-de-east-1, ap-southeast-11
_REGION = r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}"
_TRAIL = r"[A-Za-z0-9._-]{3,128}"

# The folders are of a fixed number and the file's name begins after the last of
# them, so a prefix may hold anything, this very layout included.
_FOLDER = re.compile(
    rf"(?:(?P<prefix>.+)/)?{ROOT}/(?:(?P<organization>{_ORGANIZATION})/)?(?P<account>{_ACCOUNT})"
    rf"/(?P<family>{'|'.join(Family)})/(?P<region>{_REGION})"
    r"/(?P<year>[0-9]{4})/(?P<month>[0-9]{2})/(?P<day>[0-9]{2})",
    re.DOTALL,
)
_ENDING = ".json.gz"
_Maker = Callable[..., Any]
"""Makes a key of one folder from what its name adds."""
_LOG = re.compile(r"(?P<stamp>[0-9]{8}T[0-9]{4})Z_(?P<unique>[A-Za-z0-9]+)")
# Read from the right: a trail may be called like the end of another's file name.
_DIGEST = re.compile(
    rf"(?P<trail>{_TRAIL})_(?P<home>{_REGION})_(?P<stamp>[0-9]{{8}}T[0-9]{{6}})Z"
    r"(?P<backfill>_backfill)?"
)


def parse(key: str) -> LogKey | DigestKey | None:
    """Return what a key says; None if CloudTrail writes no such key.

    The inverse of `.key`: whatever is not None renders to the very same text.
    """
    folder, _, name = key.rpartition("/")
    known = _day_folder(folder)
    if known is None or not name.startswith(known[0]) or not name.endswith(_ENDING):
        return None
    stem, family, make = known
    rest = name[len(stem) : -len(_ENDING)]
    try:
        return _digest(rest, make) if family is Family.DIGEST else _log(rest, make)
    except ValueError:  # a date that is in no calendar
        return None


@lru_cache(maxsize=512)
def _day_folder(folder: str) -> tuple[str, Family, _Maker] | None:
    """Return how names in a day's folder begin, of which family it is, and who makes its keys.

    Remembered, for the next key is likely to lie in the same folder.
    """
    found = _FOLDER.fullmatch(folder)
    if found is None:
        return None
    prefix, organization, account, name, region, year, month, day = found.groups()
    try:
        when = date(int(year), int(month), int(day))
    except ValueError:  # a date that is in no calendar
        return None
    family = Family(name)
    make: _Maker = partial(LogKey, prefix or "", organization, account, family, region, when)
    if family is Family.DIGEST:
        make = partial(DigestKey, prefix or "", organization, account, region, when)
    return f"{account}_{family}_{region}_", family, make


def _log(rest: str, make: Callable[[datetime, str], LogKey]) -> LogKey | None:
    found = _LOG.fullmatch(rest)
    return make(_moment(found[1]), found[2]) if found else None


def _digest(rest: str, make: Callable[[str, str, datetime, bool], DigestKey]) -> DigestKey | None:
    found = _DIGEST.fullmatch(rest)
    if found is None:
        return None
    end, backfill = _moment(found["stamp"]), found["backfill"] is not None
    return make(found["trail"], found["home"], end, backfill)


@lru_cache(maxsize=4096)
def _moment(stamp: str) -> datetime:
    return datetime(
        int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]),
        int(stamp[9:11]), int(stamp[11:13]), int(stamp[13:] or "0"), tzinfo=UTC,
    )  # fmt: skip


def _stamp(moment: datetime) -> str:
    # Not strftime: it does not pad years below 1000 on every platform.
    return moment.isoformat()[:19].replace("-", "").replace(":", "")
