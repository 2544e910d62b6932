"""The lab's process: AWS over HTTP on loopback, until SIGTERM.

    python -m ops.lab.server DIRECTORY PORT READY-FD  < blueprint.json

Detaches itself, builds the organisation, writes the lab's record and then tells
READY-FD one line of JSON: {} when it serves, {"error": …} when it cannot.
"""

import errno
import json
import os
import signal
import socket
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops import endpoint
from ops.lab.blueprint import Blueprint

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"
BACKLOG = 128


def main() -> None:
    """Run the lab; ends at once for whoever started it, on SIGTERM for the lab itself."""
    directory, port, ready = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    blueprint = Blueprint.from_json(sys.stdin.buffer.read())
    if os.fork():
        os._exit(0)  # whoever started us must not be left with a child to wait for
    with os.fdopen(ready, "w") as channel:
        try:
            listener = _listen(port)
        except OSError as error:
            channel.write(json.dumps({"error": _why(error, port)}) + "\n")
            return
        server = _server(directory, blueprint, listener)
        channel.write("{}\n")
    signal.signal(signal.SIGTERM, _stop)
    server.serve_forever(poll_interval=0.1)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _why(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {HOST} is in use by another program."
    return f"Port {port} on {HOST} cannot be used: {error.strerror}."


def _server(directory: Path, blueprint: Blueprint, listener: socket.socket) -> "BaseWSGIServer":
    # The emulator reads its settings while it is imported.
    os.environ |= {
        "MOTO_DISABLE_GLOBAL_CORS": "true",  # no web page may talk to the lab
        "MOTO_PORT": str(listener.getsockname()[1]),
    }
    from ops.lab import emulator

    keys = emulator.build(blueprint, directory)
    lab = endpoint.Lab(
        endpoint=f"http://{HOST}:{listener.getsockname()[1]}",
        pid=os.getpid(),
        instance=str(uuid.uuid4()),
        zone=blueprint.zone,
        organization=blueprint.organization,
        fingerprint=blueprint.fingerprint,
        started=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
    )
    server = emulator.server(listener, lab)
    endpoint.write(directory, lab)
    return server


def _stop(signum: int, frame: Any) -> None:  # noqa: ARG001 (a signal handler's signature)
    os._exit(0)  # everything is in memory and meant to go; tearing it down only takes time


if __name__ == "__main__":
    main()
