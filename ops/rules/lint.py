"""What this project asks of its own rules beyond what Sigma asks of anyone's."""

from collections.abc import Sequence
from pathlib import Path

from ops.errors import RuleError
from ops.rules.sigma import written
from ops.rules.sigma.document import Document

_SPOKEN = ("status", "description", "references", "date", "tags", "falsepositives")
_UNCASED = {"re", "cidr", "exists", "gt", "gte", "lt", "lte"}
"""Modifiers whose values have no case, or their own."""


def check_file(path: Path, documents: Sequence[Document]) -> None:
    """Raise RuleError unless a file's last document bears its name, and says what it should."""
    if not documents:
        raise RuleError("holds no rule", path.name)
    *counted, last = documents
    if last.said.name != path.stem:
        raise last.wrong(f"must be the file's, {path.stem}", "name")
    for one in counted:
        if one.correlates or not one.said.name.startswith(f"{path.stem}-"):
            raise one.wrong(f"rules that are counted are named {path.stem}-…", "name")
    said = last.said
    for key in _SPOKEN:
        if not getattr(said, key):
            raise last.wrong("is required", key)
    if not said.id or any(not one.said.id for one in counted):
        raise last.wrong("is required", "id")
    if not said.next:
        raise last.wrong("at least one runbook", "atalaya", "next")


def check_cased(document: Document) -> None:
    """Raise RuleError for a text that would be looked for in any case: CloudTrail's names are exact."""
    for key, value in written.keys(document.data["detection"]):
        _, *modifiers = key.split("|")
        values = value if isinstance(value, list) else [value]
        texts = [one for one in values if isinstance(one, str)]
        if texts and "cased" not in modifiers and not _UNCASED & {*modifiers}:
            raise document.wrong(f"{key or texts[0]} must be |cased", "detection")
