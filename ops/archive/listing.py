"""A page of ListObjectsV2, read without botocore's parser.

Of the 70 ms that boto3 spends on a page of 1,000 keys, parsing by its model is
60: a verifier that lists millions of keys would do little else. Signing,
retries and errors stay botocore's; only a good answer's XML is read here, which
its `before-parse` event allows.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree as Xml

from ops.archive.model import Entry

_PAGE = "AtalayaPage"
_EMPTY = b"<ListBucketResult/>"


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer lists."""

    entries: list[Entry]
    folders: list[str]


def read_pages_fast(client: Any) -> None:
    """Make a boto3 S3 client's ListObjectsV2 answers readable by `page`; harmless twice."""
    client.meta.events.register_last(
        "before-parse.s3.ListObjectsV2", _before_parse, unique_id="atalaya-listing"
    )


def page(answer: dict[str, Any]) -> Page:
    """Return the page of an answer."""
    found = answer[_PAGE]
    if not isinstance(found, Page):
        raise TypeError(found)
    return found


def _before_parse(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    if response_dict["status_code"] != 200:
        return
    try:
        # The parser is expat, which bounds entity expansion; S3 sends no DTD.
        root = Xml.fromstring(response_dict["body"])  # noqa: S314
    except Xml.ParseError:
        return  # botocore meets the same and says so
    space = root.tag.partition("ListBucketResult")[0]
    token = root.findtext(f"{space}NextContinuationToken")
    customized_response_dict[_PAGE] = Page(
        [_entry(one, space) for one in root.iterfind(f"{space}Contents")],
        [
            unquote_plus(one.findtext(f"{space}Prefix") or "")
            for one in root.iterfind(f"{space}CommonPrefixes")
        ],
    )
    if token:
        customized_response_dict |= {"NextContinuationToken": token, "IsTruncated": True}
    response_dict["body"] = _EMPTY


def _entry(content: Xml.Element, space: str) -> Entry:
    skipped = len(space)
    found = {one.tag[skipped:]: one.text or "" for one in content}
    key = found["Key"]
    return Entry(
        unquote_plus(key) if "%" in key or "+" in key else key,
        int(found["Size"]),
        found["ETag"].strip('"') if "ETag" in found else None,
        _moment(found["LastModified"]) if "LastModified" in found else None,
        found.get("StorageClass"),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
