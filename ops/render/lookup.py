"""What LookupEvents said, for people."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.render.text import clean, one_line

_COLUMNS = {
    "event_time": "time",
    "recipient_account_id": "account",
    "aws_region": "region",
    "event_name": "event",
    "user_arn": "who",
    "source_ip_address": "from",
    "error_code": "error",
}


def events(rows: Sequence[dict[str, Any]]) -> Table:
    """Return events as a table, a line each."""
    table = Table(*_COLUMNS.values(), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(one_line(str(row[name] or "")), overflow="fold") for name in _COLUMNS))
    return table


def summary(data: dict[str, Any]) -> Table:
    """Return what was kept, place by place."""
    table = Table("account", "region", "events", "complete", box=None, pad_edge=False)
    for one in data["places"]:
        state = "yes" if one["complete"] else one_line(one["failure"])
        table.add_row(
            one["account"], one["region"], str(one["events"]), Text(state, overflow="fold")
        )
    return table


class Watch:
    """Says on a terminal, in one line that is written over, how far it is."""

    def __init__(self, console: Console) -> None:
        self._status = console.status("asking …") if console.is_terminal else None

    def __enter__(self) -> "Watch":
        """Begin to show."""
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        if self._status:
            self._status.stop()

    def tell(self, text: str) -> None:
        """Show how far it is."""
        if self._status:
            self._status.update(Text(clean(text)))
