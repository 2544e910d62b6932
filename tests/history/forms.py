"""Records to play with, and the forms in which people have them."""

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

from ops.history import records, unpack
from ops.history.records import Broken, Item

KEY = (
    "AWSLogs/o-exampleorg1/111111111111/CloudTrail/us-east-1/2026/01/05/"
    "111111111111_CloudTrail_us-east-1_20260105T0015Z_{}.json.gz"
)


def record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a record; a change to None takes a field away."""
    made = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "accountId": "111111111111", "userName": "alice"},
        "eventTime": f"2026-01-05T00:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli/2.15",
        "requestParameters": {"userName": f"user-{number}"},
        "responseElements": None,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111111111111",
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def text(*numbers: int) -> list[bytes]:
    """Return the texts of records, as CloudTrail writes them."""
    return [json.dumps(record(number), separators=(",", ":")).encode() for number in numbers]


def trail(*texts: bytes) -> bytes:
    return b'{"Records":[' + b",".join(texts) + b"]}"


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


def _lake_table(texts: list[bytes]) -> bytes:
    quoted = [one.decode().replace('"', '""') for one in texts]
    return "\r\n".join(["eventTime,eventjson", *(f'x,"{one}"' for one in quoted)]).encode()


def _cloudwatch(texts: list[bytes]) -> dict[str, Any]:
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "111111111111",
        "logGroup": "trail",
        "logEvents": [
            {"id": "1", "timestamp": 1, "message": one.decode()} for one in texts
        ],
    }  # fmt: skip


def every_form() -> Iterator[tuple[str, bytes, list[bytes]]]:
    """Yield a name, an object's content, and the records it holds."""
    texts = text(0, 1, 2)
    dicts = [json.loads(one) for one in texts]
    spaced = [_json(one) for one in dicts]
    pretty = json.dumps({"Records": dicts}, indent=2).encode()
    yield "a trail's file", trail(*texts), texts
    yield "gzip", gzip.compress(trail(*texts)), texts
    yield "gzip twice", gzip.compress(gzip.compress(trail(*texts))), texts
    halves = trail(*texts)[:100], trail(*texts)[100:]
    yield "two gzip members that are one text", b"".join(map(gzip.compress, halves)), texts
    members = gzip.compress(trail(*texts[:1])) + gzip.compress(trail(*texts[1:]))
    yield "two gzip members with a file each", members, texts
    yield "zeros after gzip", gzip.compress(trail(*texts)) + bytes(512), texts
    yield "a byte order mark", b"\xef\xbb\xbf" + trail(*texts), texts
    yield "UTF-16", trail(*texts).decode().encode("utf-16"), texts
    yield "written by json", _json({"Records": dicts}), spaced
    yield "no records", b'{"Records":[]}', []
    yield "no records, with spaces", b' {"Records" : [ ] }\n', []
    yield "a list", b"[" + b", ".join(texts) + b"]", texts
    yield "one record", texts[0], texts[:1]
    yield "JSON lines", b"\n".join(texts), texts
    yield "JSON lines with Windows' line ends", b"\r\n".join(texts) + b"\r\n", texts
    yield "files one after another", trail(texts[0]) + trail(*texts[1:]), texts
    yield "fields beside the records", b'{"a":[{}],"Records":[' + texts[0] + b'],"z":1}', texts[:1]
    yield "two lists of records", trail(texts[0])[:-1] + b"," + trail(texts[1])[1:], texts[:2]
    yield (
        "a page of LookupEvents",
        _json({"Events": [{"EventId": "1", "CloudTrailEvent": one.decode()} for one in texts]}),
        texts,
    )
    yield "a subscription of CloudWatch Logs", _json(_cloudwatch(texts)), texts
    envelopes = _json(_cloudwatch(texts[:1])) + _json(_cloudwatch(texts[1:]))
    yield "what Firehose writes", envelopes, texts
    yield (
        "a test of a subscription",
        _json(
            {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE"}]}
        ),
        [],
    )
    yield (
        "an export of CloudWatch Logs",
        b"\n".join(b"2026-01-05T00:15:0%d.123Z %s" % one for one in enumerate(texts)),
        texts,
    )
    yield (
        "events of CloudWatch Logs",
        _json({"events": [{"timestamp": 1, "message": one.decode()} for one in texts]}),
        texts,
    )
    yield "Lake's rows", _json([{"eventjson": one.decode()} for one in texts]), texts
    yield (
        "Lake's answer",
        _json(
            {
                "QueryStatus": "FINISHED",
                "QueryResultRows": [[{"eventJson": one.decode()}] for one in texts],
            }
        ),
        texts,
    )
    cells = [[{"eventName": "X"}, {"eventjson": one.decode()}, {"eventID": "1"}] for one in texts]
    yield "Lake's answer with more columns", _json({"QueryResultRows": cells}), texts
    rows = [{"eventID": "1", "eventjson": one.decode(), "eventName": "X"} for one in texts]
    yield "Lake's rows with more columns", _json(rows), texts
    yield "Lake's table", _lake_table(texts), texts
    yield "indented", pretty, pretty_records(pretty)


def pretty_records(content: bytes) -> list[bytes]:
    """Return the records of an indented file as they stand in it, found by their indentation."""
    lines = content.decode().splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line == "    {\n"]
    ends = [n for n, line in enumerate(lines) if line.rstrip(",\n") == "    }"]
    return [
        "".join(lines[start : end + 1]).strip().rstrip(",").encode()
        for start, end in zip(starts, ends, strict=True)
    ]


def read(body: bytes, *, expected: bool = True) -> list[Item]:
    """Return what an object's bytes hold."""
    found = unpack.unpack(body)
    return list(records.read(found.content, expected=expected, damage=found.damage))


def sound(items: list[Item]) -> list[bytes]:
    return [one for one in items if not isinstance(one, Broken)]


def broken(items: list[Item]) -> list[Broken]:
    return [one for one in items if isinstance(one, Broken)]


def noise(size: int) -> bytes:
    """Return bytes that gzip cannot make smaller, always the same."""
    import random

    return base64.b64encode(random.Random(size).randbytes(size))
