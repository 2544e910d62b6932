"""Verdicts and findings of `ops verify`."""

from docs.pages.markdown import NOTE, cell
from ops.integrity.causes import CAUSES
from ops.integrity.finding import Cause, Verdict, Weight


def page() -> str:
    """Return the reference of what `ops verify` may find, verdict by verdict."""
    parts = [
        "# Verdicts and findings",
        NOTE,
        "`ops verify` gives every digest and log file one verdict, and reports what a reader "
        "has to know as findings. The heaviest finding decides the status: FAIL (exit code 1), "
        "INCOMPLETE (3), else PASS (0). INVALID is proof; what could not be read is never "
        "called tampering.",
    ]
    for verdict in Verdict:
        rows = [_cause(one) for one in CAUSES.values() if one.verdict is verdict]
        if rows:
            head = ["| finding | status | meaning | what to do |", "|---|---|---|---|"]
            parts += [f"## {verdict.value}", "\n".join([*head, *rows])]
    return "\n\n".join(parts) + "\n"


def _cause(cause: Cause) -> str:
    status = "" if cause.weight is Weight.NONE else cause.weight.name
    texts = (f"{cause.phrase} (`{cause.code}`)", status, cause.meaning, cause.advice)
    return "| " + " | ".join(cell(text) for text in texts) + " |"
