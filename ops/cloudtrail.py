"""What AWS tells about logs apart from the logs: signing keys, events, accounts.

Thin on purpose: it follows every page and hands over AWS's own answers.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.aws import Caller


def public_keys(
    caller: Caller, region: str, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Return ListPublicKeys' entries of one region for a period.

    The keys of another region sign other digests: ask in every region. NextToken
    is followed although AWS calls it reserved.
    """
    pages = caller.pages(
        "cloudtrail", "list_public_keys", region=region, StartTime=since, EndTime=until
    )
    return [key for page in pages for key in page["PublicKeyList"]]


def lookup_events(
    caller: Caller, region: str, since: datetime, until: datetime, **attribute: str
) -> Iterator[dict[str, Any]]:
    """Yield the event history's events of one region (90 days at most), newest first.

    `attribute` is one of LookupEvents' own, such as EventName="StopLogging".
    """
    for page in lookup_pages(caller, region, since, until, **attribute):
        yield from page


def lookup_pages(
    caller: Caller, region: str, since: datetime, until: datetime, **attribute: str
) -> Iterator[list[dict[str, Any]]]:
    """Yield the same by the page: each is one request, sent when it is asked for.

    Both ends of the time are included, to the second.
    """
    attributes = [
        {"AttributeKey": name, "AttributeValue": value} for name, value in attribute.items()
    ]
    pages = caller.pages(
        "cloudtrail", "lookup_events", region=region,
        LookupAttributes=attributes, StartTime=since, EndTime=until,
    )  # fmt: skip
    for page in pages:
        yield page["Events"]


def organization_accounts(caller: Caller) -> list[dict[str, Any]]:
    """Return every account of the caller's organisation, suspended ones included."""
    pages = caller.pages("organizations", "list_accounts")
    return [account for page in pages for account in page["Accounts"]]


def organization_id(caller: Caller) -> str:
    """Return the id of the caller's organisation."""
    [page] = caller.pages("organizations", "describe_organization")
    return str(page["Organization"]["Id"])


def caller_arn(caller: Caller) -> str:
    """Return who is calling."""
    [page] = caller.pages("sts", "get_caller_identity")
    return str(page["Arn"])
