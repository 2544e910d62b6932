"""What is wrong with one object, before anyone says what it means for the whole.

Stands apart from the judges, so that a process that only hashes log files loads
no cryptography.
"""

from ops.archive.model import Archived, Denied, Fault, ObjectMissing, TooLarge

Trouble = tuple[str, str]
"""The code of a cause, and what is particular here."""
NOTED = frozenset(
    {"digest-denied", "digest-archived", "digest-too-large", "digest-unread", "digest-vanished",
     "moved"}
)  # fmt: skip
"""What a bundle notes of a digest, because it cannot show it."""


def fault_cause(fault: Fault, what: str) -> Trouble:
    """Return the cause and detail of an object that could not be read; never tampering."""
    detail = str(fault)
    if isinstance(fault, ObjectMissing):
        return ("digest-vanished" if what == "digest" else "log-missing"), ""
    if isinstance(fault, Denied):
        if what == "log" and fault.cannot_tell:
            return "log-cannot-tell", detail
        return f"{what}-denied", detail
    if isinstance(fault, Archived):
        return f"{what}-archived", detail
    if isinstance(fault, TooLarge):
        return f"{what}-too-large", detail
    return f"{what}-unread", detail
