"""moto, arranged as one organisation and served over HTTP.

The only modules that know moto are this one, `ops.lab.accounts` and the
patches; they are imported in the lab's own process only.
"""

import json
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import moto.core.models
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from ops import endpoint
from ops.lab.blueprint import Blueprint
from ops.lab.keys import DIRECTORY, KeyRing

if TYPE_CHECKING:
    from ops.lab.accounts import Keys

StartResponse = Callable[..., Any]
PRELOADED = (
    "cloudtrail", "cloudwatch", "events", "iam", "kms", "logs", "organizations", "s3", "sns", "sts",
)  # fmt: skip
"""Services loaded before the lab says it is up, so that no first call is slow."""


def build(blueprint: Blueprint, directory: Path) -> "Keys":
    """Patch the emulator, make the organisation, return the management account's keys.

    Once per process: the emulator keeps its state in module globals.
    """
    from ops.lab.graft import graft

    # Callers with keys nobody issued are the management account. The emulator's
    # modules copy this constant when they are imported, so it is set before.
    for module in (moto.core, moto.core.models):
        graft(module, "DEFAULT_ACCOUNT_ID", blueprint.management)
    from ops.lab import accounts, event_history, patches

    patches.apply(KeyRing(directory / DIRECTORY), directory / event_history.DIRECTORY)
    return accounts.create(blueprint)


def server(listener: socket.socket, lab: endpoint.Lab) -> BaseWSGIServer:
    """Return a server on a listening socket; it answers as the lab and as AWS."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    class Handler(MotoRequestHandler):
        """Writes to the log what failed, not every request."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if str(code).startswith("5"):
                super().log_request(code, size)

    host, port = listener.getsockname()
    return make_server(
        host,
        port,
        _application(lab),
        threaded=True,
        request_handler=Handler,
        fd=listener.fileno(),
    )


def _application(lab: endpoint.Lab) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    from ops.lab import buckets

    aws = DomainDispatcherApplication(_service)
    for service in PRELOADED:
        aws.app_instances[service] = _service(service)
    emptying = lab.emptying("")
    health = json.dumps(
        {
            "instance": lab.instance,
            "pid": lab.pid,
            "zone": lab.zone,
            "organization": lab.organization,
        }
    ).encode()

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == endpoint.HEALTH:
            start_response("200 OK", _headers("application/json", health))
            return [health]
        if path.startswith(emptying) and environ.get("REQUEST_METHOD") == "POST":
            told = json.dumps({"versions": buckets.forget(path.removeprefix(emptying))}).encode()
            start_response("200 OK", _headers("application/json", told))
            return [told]
        if path.startswith("/moto-api"):  # resets and seeds: not AWS, and it would lose accounts
            start_response("404 Not Found", _headers("text/plain", b""))
            return [b""]
        answer: Iterable[bytes] = aws(environ, start_response)
        return answer

    return application


def _headers(content_type: str, body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", content_type), ("Content-Length", str(len(body)))]


def _service(name: Any) -> Flask:
    """Return the application of one service; None is one the emulator does not know."""
    from moto.moto_server.werkzeug_app import create_backend_app

    from ops.lab.patches import unimplemented

    app = create_backend_app(name) if name else unimplemented.absent_service()
    app.register_error_handler(NotImplementedError, unimplemented.answer)
    return app
