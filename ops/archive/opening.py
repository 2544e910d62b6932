"""Finds the archive a text names, and opens one again from its description."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops.archive.bundle import Bundle
from ops.archive.directory import Directory
from ops.archive.model import Archive, Denied, ObjectMissing, Patience, Source
from ops.archive.single import SingleFile
from ops.endpoint import Access
from ops.errors import ArchiveError, UsageError

if TYPE_CHECKING:
    from ops.config import LandingZone

_SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = "x-amz-bucket-region"
_HINT = "name s3://BUCKET[/PREFIX], a directory that holds a copy of one, or a bundle"


def open_source(
    text: str,
    *,
    zone: "LandingZone | None" = None,
    access: Access | None = None,
    expected_owner: str | None = None,
    patience: Patience | None = None,
) -> Archive:
    """Return the archive that a text names; raise UsageError or ArchiveError.

    With a landing zone its endpoint is used, and its own bucket must belong to
    its log-archive account unless another owner is named.
    """
    if not text.startswith(_SCHEME):
        return reopen(_local(text))
    bucket, _, prefix = text.removeprefix(_SCHEME).partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{text}: {bucket!r} cannot be a bucket's name.", hint=_HINT)
    if zone is not None and expected_owner is None:
        expected_owner = _owner(zone, bucket)
    source = Source(
        "s3",
        bucket=bucket,
        prefix=prefix.rstrip("/"),
        access=access or (zone_access(zone) if zone else Access()),
        expected_owner=expected_owner,
        patience=patience or Patience(),
    )
    return reopen(_located(source))


def open_events(text: str, *, zone: "LandingZone | None", expected_owner: str | None) -> Archive:
    """Return the archive that a text names, or the one file; raise UsageError or ArchiveError.

    A file needs no layout and no signatures to hold events.
    """
    path = Path(text).resolve()
    if text.startswith(_SCHEME) or not path.is_file() or zipfile.is_zipfile(path):
        return open_source(text, zone=zone, expected_owner=expected_owner)
    return SingleFile(path)


def reopen(source: Source) -> Archive:
    """Return the archive that a description describes."""
    match source.kind:
        case "directory":
            return Directory(source)
        case "bundle":
            return Bundle(source)
        case "s3":
            from ops.archive.s3 import Bucket

            return Bucket(source)


def sibling(archive: Archive, bucket: str) -> Archive:
    """Return the archive of another bucket, as the same identity.

    A directory or a bundle stands for every bucket that was copied into it. Whose
    bucket it is, is not asked: whoever needs it has a signed word for its name.
    """
    if archive.source.kind != "s3" or archive.source.bucket == bucket:
        return archive
    return reopen(
        _located(
            replace(archive.source, bucket=bucket, prefix="", expected_owner=None, may_list=True)
        )
    )


def zone_access(zone: "LandingZone") -> Access:
    """Return how a landing zone's archive is read: as you are; in the lab by its deploy role."""
    return account_access(zone, zone.organization.log_archive_account)


def account_access(zone: "LandingZone", account: str) -> Access:
    """Return how what lies in an account is read: as you are; in the lab by its deploy role."""
    from ops import endpoint, names  # the config's parser: only who names a config pays for it

    found = endpoint.resolve(zone)
    role = names.deploy_role_arn(zone, account) if found and found.access_key_id else None
    return Access(role_arn=role, region=zone.regions.home, endpoint=found)


def _owner(zone: "LandingZone", bucket: str) -> str | None:
    from ops import names

    return zone.organization.log_archive_account if bucket == names.bucket(zone) else None


def _local(text: str) -> Source:
    path = Path(text).absolute()
    if path.is_dir():
        return Source("directory", path=str(path))
    if path.is_file() and zipfile.is_zipfile(path):
        return Source("bundle", path=str(path))
    if path.exists():
        raise UsageError(f"{text} is neither a directory nor a bundle.", hint=_HINT)
    raise UsageError(f"{text} does not exist.", hint=_HINT)


def _located(source: Source) -> Source:
    """Ask the bucket where it is and whether it may be listed; one request.

    HeadBucket tells the region even to those it refuses (S3 API, HeadBucket).
    """
    from ops.archive import s3

    caller = s3.callers(source.access)
    region, may_list = caller.region, True
    try:
        answer = s3.patiently(
            source, source.bucket, lambda client: client.head_bucket(**s3.of(source))
        )
        region = answer.get("BucketRegion") or region
    except ObjectMissing as fault:
        raise ArchiveError(f"Bucket {source.bucket} does not exist.", hint=_HINT) from fault
    except Denied as fault:
        region, may_list = _refused(source, fault) or region, False
    url = str(s3.client(replace(source, region=region)).meta.endpoint_url)
    return replace(source, region=region, endpoint=url, may_list=may_list)


def _refused(source: Source, fault: Denied) -> str | None:
    """Return the region that a refusal tells; raise Denied if the owner may be another."""
    from ops.archive import s3

    if source.expected_owner:
        raise Denied(
            f"{source} is refused: it is not account {source.expected_owner}'s bucket, or your "
            "role may not list it.",
            hint="check --expected-owner, and that your role has s3:ListBucket",
        ) from fault
    region: str | None = s3.refusal(fault.__cause__).get("HTTPHeaders", {}).get(_REGION)
    return region
