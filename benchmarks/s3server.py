"""The project's own S3 server: for the benchmark, and for tests that inject faults.

Plain HTTP/1.1 with keep-alive on loopback, one thread, no signatures checked.
S3: ListObjects v1 and v2, GetObject, HeadObject, PutObject (conditional too), DeleteObjects,
ListObjectVersions, GetBucketLocation, HeadBucket, GetBucketVersioning. Beside it the CloudTrail,
Organizations and STS calls that validating logs needs.

As a program it serves a directory and prints its address:

    python -m benchmarks.s3server DIRECTORY --bucket NAME [--latency-ms 20]
"""

import argparse
import asyncio
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, unquote

from benchmarks import s3answers, s3control
from benchmarks.s3bucket import Bucket, Stored, from_directory
from benchmarks.s3control import Control
from benchmarks.s3faults import Kind, Plan
from benchmarks.s3requests import Request, about, operation, refusal

LOOPBACK = "127.0.0.1"
_REASONS = {200: "OK", 206: "Partial Content", 301: "Moved Permanently",
            400: "Bad Request", 403: "Forbidden", 404: "Not Found", 412: "Precondition Failed",
            416: "Range Not Satisfiable", 500: "Internal Server Error",
            503: "Service Unavailable"}  # fmt: skip


@dataclass(slots=True)
class Server:
    """A running server and what it has seen."""

    bucket: Bucket
    plan: Plan = field(default_factory=Plan)
    control: Control = field(default_factory=Control)
    record: bool = True
    """Whether requests are kept; a benchmark does not want that."""
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    busy: int = 0
    """Answers under way now."""
    under_way: list[int] = field(default_factory=list)
    """For each recorded request, how many answers were under way when it came in, it included."""
    connections: set[asyncio.Transport] = field(default_factory=set)
    loop: asyncio.AbstractEventLoop | None = None
    """What it runs in."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    def reset(self, bucket: Bucket) -> None:
        """Serve another bucket, without faults, and forget what was asked before."""
        self.hang_up()
        self.bucket, self.plan, self.control = bucket, Plan(), Control()
        self.requests, self.under_way = [], []

    def hang_up(self) -> None:
        """Close every connection: clients keep them open long after they are done."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(lambda: [one.abort() for one in list(self.connections)])


class _Connection(asyncio.Protocol):
    """One client's connection; requests one after another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._server.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            line, _, rest = head.partition("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (one.partition(":") for one in rest.split("\r\n"))
            }
            stop = end + 4 + int(headers.get("content-length", "0"))
            if len(self._buffer) < stop:
                return
            body, self._buffer = self._buffer[end + 4 : stop], self._buffer[stop:]
            method, target, _ = line.split(" ")
            raw, _, query = target.partition("?")
            path = unquote(raw) if "%" in raw else raw
            asked = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
            self._accept(Request(method, path, asked, headers, body))

    def _accept(self, request: Request) -> None:
        server = self._server
        server.busy += 1
        if server.record:
            server.requests.append(request)
            server.under_way.append(server.busy)
        if server.plan.latency:
            asyncio.get_running_loop().call_later(server.plan.latency, self._answer, request)
        else:
            self._answer(request)

    def _answer(self, request: Request) -> None:
        self._server.busy -= 1
        if self._transport.is_closing():
            return
        asked, key = operation(request)
        struck = self._server.plan.strike(asked, key or request.query.get("prefix", ""))
        if struck is not None:
            self._fail(struck, request, asked, key)
        elif request.method == "POST" and "delete" not in request.query:
            status, body, kind = s3control.answer(
                self._server.control, self._server.bucket, request.headers, request.body
            )
            self._send(status, body, f"Content-Type: {kind}\r\n")
        else:
            self._serve(request, asked, key)

    def _serve(self, request: Request, asked: str, key: str) -> None:
        bucket, plan = self._server.bucket, self._server.plan
        refused = refusal(request, bucket)
        if refused is not None:
            self._refuse(*refused, request)
            return
        match asked:
            case "ListObjects":
                self._send(200, s3answers.listing(bucket, request.query, plan))
            case "ListObjectVersions":
                self._send(200, s3answers.versions(bucket, request.query, plan))
            case "GetBucketLocation":
                self._send(200, s3answers.location(bucket))
            case "HeadBucket":
                self._send(200, b"", f"x-amz-bucket-region: {bucket.region}\r\n")
            case "PutObject":
                self._put(request, key)
            case "DeleteObjects":
                keys = s3answers.keys_to_delete(request.body)
                for one in keys:
                    bucket.remove(one)
                self._send(200, s3answers.deleted(keys))
            case _:
                self._object(request, bucket.get(key, request.query.get("versionId")))

    def _put(self, request: Request, key: str) -> None:
        """Write an object, if what the request says about the present one is true."""
        held = self._server.bucket.get(key)
        match = request.headers.get("if-match", "").strip('"')
        taken = request.headers.get("if-none-match") == "*" and held is not None
        if taken or (match and (held is None or held.etag != match)):
            self._refuse(412, "PreconditionFailed", "A precondition did not hold", request)
        else:
            stored = self._server.bucket.put(key, request.body)
            self._send(200, b"", f'ETag: "{stored.etag}"\r\n')

    def _object(self, request: Request, stored: Stored | None) -> None:
        if stored is None:
            self._fail(Kind.MISSING, request, "GetObject", "")
        elif request.method == "HEAD":
            self._send(200, b"", about(stored), length=stored.size)
        elif stored.storage_class in s3answers.ARCHIVED_CLASSES:
            self._fail(Kind.ARCHIVED, request, "GetObject", "")
        else:
            self._send(*_wanted(request, stored))

    def _fail(self, kind: Kind, request: Request, asked: str, key: str) -> None:
        stored = self._server.bucket.get(key)
        match kind:
            case Kind.HANG:
                return
            case Kind.RESET:
                self._reset()
            case Kind.TRUNCATE if stored:
                status, body, more = _wanted(request, stored)
                self._send(status, body[: len(body) // 2], more, length=len(body))
                self._transport.close()
            case Kind.DRIP if stored:
                status, body, more = _wanted(request, stored)
                self._send(status, b"", more, length=len(body))
                self._drip(body, 0)
            case Kind.TRUNCATE | Kind.DRIP:
                self._serve(request, asked, key)
            case _:
                self._refuse(*s3answers.FAILURES[kind], request)

    def _refuse(self, status: int, code: str, message: str, request: Request) -> None:
        if request.method == "POST":
            told = {"__type": f"{code}Exception", "message": message}
            self._send(status, json.dumps(told).encode(), f"Content-Type: {s3control.JSON}\r\n")
            return
        body = b"" if request.method == "HEAD" else s3answers.error(code, message, request.path)
        self._send(status, body, "Content-Type: application/xml\r\n")

    def _reset(self) -> None:
        held = self._transport.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _drip(self, body: bytes, position: int) -> None:
        if self._transport.is_closing() or position == len(body):
            return
        self._transport.write(body[position : position + 1])
        wait = self._server.plan.drip_seconds
        asyncio.get_running_loop().call_later(wait, self._drip, body, position + 1)

    def _send(self, status: int, body: bytes, more: str = "", *, length: int | None = None) -> None:
        stated = len(body) if length is None else length
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nDate: {_date(self._server.plan)}\r\n"
            f"Server: AtalayaTest\r\nContent-Length: {stated}\r\n{more}\r\n"
        )
        self._transport.write(head.encode("latin-1") + body)


def _wanted(request: Request, stored: Stored) -> tuple[int, bytes, str]:
    """Return status, body and headers for a whole object or the asked part of it."""
    body, more = stored.body(), about(stored)
    if "range" not in request.headers:
        return 200, body, more
    first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
    start, stop = int(first or 0), min(int(last or stored.size - 1) + 1, stored.size)
    if start >= stored.size:
        return 416, s3answers.error("InvalidRange", "Not satisfiable", stored.key), ""
    where = f"Content-Range: bytes {start}-{stop - 1}/{stored.size}\r\n"
    return 206, body[start:stop], more + where


_held_date: tuple[int, str] = (0, "")


def _date(plan: Plan) -> str:
    global _held_date  # noqa: PLW0603  # formatting it for every request costs more than sending
    now = int(time.time() + plan.date_offset)
    if _held_date[0] != now:
        _held_date = (now, formatdate(now, usegmt=True))
    return _held_date[1]


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Run a server in a thread of this process for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(_listen(loop, server))
    thread = threading.Thread(target=loop.run_forever, name="s3server")
    thread.start()
    try:
        yield server
    finally:
        server.loop = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_close(listening, server))
        loop.close()


async def _listen(loop: asyncio.AbstractEventLoop, server: Server) -> asyncio.Server:
    listening = await loop.create_server(
        lambda: _Connection(server), LOOPBACK, server.port, backlog=1024
    )
    server.port, server.loop = listening.sockets[0].getsockname()[1], loop
    return listening


async def _close(listening: asyncio.Server, server: Server) -> None:
    listening.close()
    for transport in list(server.connections):
        transport.abort()
    while server.connections:
        await asyncio.sleep(0)


async def _run(server: Server) -> None:
    listening = await _listen(asyncio.get_running_loop(), server)
    sys.stdout.write(json.dumps({"url": server.url, "objects": len(server.bucket)}) + "\n")
    sys.stdout.flush()
    await listening.serve_forever()


def main() -> None:
    """Serve a directory until interrupted; the first line of stdout tells where."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s3server")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--bucket", default="archive")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--trail", default="trail")
    parser.add_argument("--home-region", default="us-east-1")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--organization")
    asked = parser.parse_args()
    bucket = from_directory(asked.directory, asked.bucket, region=asked.home_region)
    control = Control(
        trail=asked.trail, account=asked.account, home_region=asked.home_region,
        organization=asked.organization, prefix=asked.prefix,
    )  # fmt: skip
    plan = Plan(latency=asked.latency_ms / 1000)
    server = Server(bucket, plan, control, record=False, port=asked.port)
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(server))


if __name__ == "__main__":
    main()
