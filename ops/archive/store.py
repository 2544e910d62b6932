"""One object by obstore, and what its errors mean.

obstore's own retries are off: it would hide SlowDown from the gate that ought
to narrow. Its errors carry S3's answer as text only.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from ops.archive.metadata import NONE
from ops.archive.model import (
    EXPIRED,
    Denied,
    ExpiredCredentials,
    Fault,
    Object,
    ObjectMissing,
    Source,
    Unreachable,
    archived,
    too_large,
)
from ops.archive.retry import passing

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ClientConfig, S3Credential

    from ops.archive.gate import Budget

Credentials = tuple[str, str, str | None]
"""Access key id, secret key, session token."""

ERRORS = (BaseError, FileNotFoundError, ValueError)
"""What obstore raises."""

_SMALL = 1 << 20
_HELD_FOR = timedelta(minutes=2)
"""How long obstore may keep credentials before it asks again."""
_OWN_ATTRIBUTES = {
    "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type",
    "Cache-Control", "Storage-Class",
}  # fmt: skip
_ANSWER = re.compile(r"status code: (\d{3})[^\n<]*(?:<\?xml[^>]*>\s*<Error><Code>(\w+)</Code>)?")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_KIND = re.compile(r"^\s*kind: (\w+)", re.MULTILINE)


def open_store(source: Source, credentials: Callable[[], Credentials]) -> S3Store:
    """Return obstore's view of a bucket; path style, which suits every endpoint and name."""

    def provide() -> "S3Credential":
        key, secret, token = credentials()
        until = datetime.now(UTC) + _HELD_FOR
        return {
            "access_key_id": key, "secret_access_key": secret, "token": token, "expires_at": until
        }  # fmt: skip

    return S3Store(
        source.bucket,
        endpoint=source.endpoint,
        region=source.region,
        virtual_hosted_style_request=False,
        credential_provider=provide,
        client_options=_client_options(source),
        retry_config={"max_retries": 0},
    )


def _client_options(source: Source) -> "ClientConfig":
    patience = source.patience
    options: ClientConfig = {
        "allow_http": source.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=patience.connect_timeout),
        "read_timeout": timedelta(seconds=patience.read_timeout),
        "timeout": timedelta(seconds=patience.total_timeout),
    }
    if source.expected_owner:
        # Signed with every GET (a test looks); obstore's listings would not sign it.
        options["default_headers"] = {"x-amz-expected-bucket-owner": source.expected_owner}
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        options["root_certificate"] = Path(bundle).read_bytes()
    return options


def get(store: S3Store, source: Source, key: str, limit: int) -> Object:
    """Return one object at the first attempt; raise a Fault."""
    try:
        answer = obstore.get(store, key)
        size = answer.meta["size"]
        if size > limit:
            raise too_large(key, size, limit)
        return whole(key, size, bytes(answer.bytes()), answer.attributes)
    except ERRORS as error:
        raise as_fault(source, key, error) from error


async def get_async(
    store: S3Store, source: Source, key: str, limit: int, budget: "Budget"
) -> Object:
    """Return one object at the first attempt; raise a Fault."""
    try:
        answer = await obstore.get_async(store, key)
        size = answer.meta["size"]
        if size > limit:
            raise too_large(key, size, limit)
        share = await budget.take(size)
        try:
            body = bytes(await answer.bytes_async())
        finally:
            budget.give(share)
        return whole(key, size, body, answer.attributes)
    except ERRORS as error:
        raise as_fault(source, key, error) from error


async def body_async(
    store: S3Store, source: Source, key: str, limit: int, budget: "Budget"
) -> Object:
    """Return one object without its metadata, for two thirds of the CPU time; raise a Fault.

    Most objects are small: a range brings all of one at once. What the range
    does not hold is read again, whole.
    """
    try:
        body = await obstore.get_range_async(store, key, start=0, end=_SMALL)
    except ERRORS as error:
        fault = as_fault(source, key, error)
        if isinstance(fault, Unreachable) and "InvalidRange" in fault.args[0]:
            return await get_async(store, source, key, limit, budget)  # it is empty
        raise fault from error
    if len(body) < min(_SMALL, limit + 1):
        return Object(bytes(body), NONE)
    return await get_async(store, source, key, limit, budget)


def whole(key: str, size: int, body: bytes, attributes: "Attributes") -> Object:
    """Return an object if all of it came; raise Unreachable."""
    if len(body) != size:
        raise Unreachable(f"{key!r}: {len(body):,} of {size:,} bytes came.", cause="broken")
    metadata = {
        name.lower(): value for name, value in attributes.items() if name not in _OWN_ATTRIBUTES
    }
    return Object(body, metadata)


def as_fault(source: Source, key: str, error: Exception) -> Fault:
    """Return what an error of obstore's means for an object."""
    told = str(error).partition("\n\nDebug source:")[0]
    answers = _ANSWER.findall(told)
    # The key itself may read like an answer; S3's own comes last, and escaped after that.
    status, code = answers[-1] if answers else ("", "")
    what = f"{source}, {key!r}: {_reason(told, status, code)}"
    if isinstance(error, FileNotFoundError):
        return ObjectMissing(what)
    if status:
        return _answered(source, key, what, status, code)
    if isinstance(error, ValueError):
        return Unreachable(what)
    if "redirect" in told:
        return Unreachable(what, hint="the bucket is in another region: set AWS_REGION")
    if "Timeout" in _KIND.findall(str(error)):
        what = f"{source}, {key!r}: timed out"
        return Unreachable(what, hint="check the network", cause="stalled")
    return Unreachable(what, hint="check the network", cause="broken")


def _answered(source: Source, key: str, what: str, status: str, code: str) -> Fault:
    """Return what a refusal means that S3 itself sent."""
    if code == "InvalidObjectState":
        return archived(source, key)
    if code in EXPIRED:
        return ExpiredCredentials(what, hint="renew the credentials and run again")
    if code == "RequestTimeTooSkewed":
        return Unreachable(what, hint="set this machine's clock")
    if status in ("401", "403"):
        return _denied(source, what)
    return Unreachable(what, cause=passing(status, code))


def _denied(source: Source, what: str) -> Denied:
    if "kms:" in what:
        hint = "your role needs kms:Decrypt on the key, and the key must be enabled"
    elif source.may_list:
        hint = "your role needs s3:GetObject there"
    else:
        hint = "with s3:ListBucket S3 would tell missing from denied"
    return Denied(what, hint=hint, cannot_tell=not source.may_list)


def _reason(told: str, status: str, code: str) -> str:
    if status:
        message = _MESSAGE.findall(told)
        return " ".join(part for part in (status, code, *message[-1:]) if part)
    return " ".join(told.rpartition(" - ")[2].split())
