"""An operation or service the emulator lacks answers 501, not 500.

AWS SDKs retry 500, 502, 503 and 504 for minutes; 501 they report at once.

Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
"""

import json
from xml.sax.saxutils import escape

from flask import Flask, Response, request

CODE = "NotImplemented"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def answer(error: NotImplementedError) -> Response:
    """Return the error in the protocol the caller speaks."""
    message = f"The lab does not implement this: {error}"
    kind = request.headers.get("Content-Type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return Response(_xml(message), 501, content_type="text/xml")
    body = json.dumps({"__type": CODE, "message": message})
    return Response(body, 501, {"x-amzn-ErrorType": CODE}, content_type="application/json")


def absent_service() -> Flask:
    """Return the application of every service the emulator does not know."""
    app = Flask(__name__)

    def refuse(path: str) -> Response:  # noqa: ARG001 (every path)
        scope = request.headers.get("Authorization", "").partition("Credential=")[2]
        name = [*scope.split("/"), "", "", "", ""][3]
        raise NotImplementedError(f"the service {name or 'asked for'}")

    app.add_url_rule("/", "root", refuse, defaults={"path": ""}, methods=_METHODS)
    app.add_url_rule("/<path:path>", "below", refuse, methods=_METHODS)
    return app


def _xml(message: str) -> str:
    return (
        f"<ErrorResponse><Error><Code>{CODE}</Code><Message>{escape(message)}</Message></Error>"
        "</ErrorResponse>"
    )
