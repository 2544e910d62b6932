"""The events a command is handed directly: from a file, an archive or stdin, without a store."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

STDIN = "-"


@dataclass(slots=True)
class Events:
    """The events of a source, read once; what it held is known afterwards."""

    source: str
    read: int = 0
    broken: int = 0
    """Pieces that should be events and are none."""
    faults: list[str] = field(default_factory=list)
    """Why objects could not be read."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the events; raise UsageError or ArchiveError if there is no such source."""
        for content, damage, expected in self._contents():
            yield from self._events(content, damage, expected=expected)

    def _contents(self) -> Iterator[tuple[bytes, str, bool]]:
        from ops.history.unpack import unpack

        if self.source == STDIN:
            found = unpack(sys.stdin.buffer.read())
            yield found.content, found.damage, True
            return
        from ops.archive.model import Fault
        from ops.archive.opening import open_events
        from ops.history.listing import Selection, listed
        from ops.history.reader import LIMIT
        from ops.layout import LogKey

        archive = open_events(self.source, zone=None, expected_owner=None)
        for one in listed(archive, Selection()):
            try:
                found = unpack(archive.get(one.entry.key, limit=LIMIT).body)
            except Fault as fault:
                self.faults.append(str(fault))
                continue
            yield found.content, found.damage, isinstance(one.place, LogKey)

    def _events(self, content: bytes, damage: str, *, expected: bool) -> Iterator[dict[str, Any]]:
        from ops.history import records

        try:
            for item in records.read(content, expected=expected, damage=damage):
                event = None if isinstance(item, records.Broken) else _loaded(item)
                if event is None:
                    self.broken += 1
                else:
                    self.read += 1
                    yield event
        except records.ForeignError:  # a digest, another service's file
            return


def _loaded(text: bytes) -> dict[str, Any] | None:
    """Return a record; None if it is none."""
    try:
        found = json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
