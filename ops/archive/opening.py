"""Finds the archive a text names, and opens one again from its description."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops.access import Access, error_code
from ops.archive.bundle import Bundle
from ops.archive.directory import Directory
from ops.archive.model import Archive, Denied, Patience, Source
from ops.archive.single import SingleFile
from ops.errors import ArchiveError, AwsError, UsageError

if TYPE_CHECKING:
    from ops.config import LandingZone

_SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
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
    if expected_owner is None:
        expected_owner = _owner(bucket, zone)
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


def _owner(bucket: str, zone: "LandingZone | None") -> str | None:
    """Return who must own a bucket if it is the landing zone's own."""
    if zone is None:
        return None
    from ops import names

    return zone.organization.log_archive_account if bucket == names.bucket(zone) else None


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
    from ops import endpoint, names

    found = endpoint.resolve(zone)
    account = zone.organization.log_archive_account
    role = names.deploy_role_arn(zone, account) if found and found.access_key_id else None
    return Access(role_arn=role, region=zone.regions.home, endpoint=found)


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
    from ops.archive.s3 import callers

    caller = callers(source.access)
    owner = {"ExpectedBucketOwner": source.expected_owner} if source.expected_owner else {}
    region, may_list = caller.region, True
    try:
        with caller.explained(f"finding bucket {source.bucket}"):
            answer = caller.client("s3").head_bucket(Bucket=source.bucket, **owner)
        region = answer.get("BucketRegion") or region
    except AwsError as error:
        region, may_list = _refused(source, error) or region, False
    url = str(caller.client("s3", region=region).meta.endpoint_url)
    return replace(source, region=region, endpoint=url, may_list=may_list)


def _refused(source: Source, error: AwsError) -> str | None:
    code = error_code(error)
    if code in ("404", "NoSuchBucket"):
        raise ArchiveError(f"Bucket {source.bucket} does not exist.", hint=_HINT) from error
    if code not in ("403", "AccessDenied"):
        raise ArchiveError(f"{source} cannot be read: {error}", hint=error.hint) from error
    if source.expected_owner:
        raise Denied(
            f"{source} is refused: it is not account {source.expected_owner}'s bucket, or your "
            "role may not list it.",
            hint="check --expected-owner, and that your role has s3:ListBucket",
        ) from error
    response = getattr(error.__cause__, "response", {})
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region: str | None = headers.get("x-amz-bucket-region")
    return region
