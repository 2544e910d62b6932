"""One writer at a time in a bucket: an object that says who writes, and until when.

It is made by a conditional write, so of two that try only one succeeds, and taken over
by another one when it has run out. While it is held it is renewed in the background; a
holder that could not renew in time must not publish any more.
"""

import json
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from ops.archive.model import Fault
from ops.archive.objects import Objects
from ops.errors import StoreError
from ops.history.refusal import by_bucket

LASTS = timedelta(minutes=10)
"""How long a lease is good for without being renewed."""
_MARGIN = timedelta(minutes=1)
"""How much clocks may differ: a lease ends later for others than for its holder."""

Clock = Callable[[], datetime]


def clock() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)


class Lease:
    """The right to write to one store."""

    def __init__(self, objects: Objects, key: str, *, now: Clock = clock) -> None:
        self._objects = objects
        self._place = str(objects.source)
        self._key = key
        self._now = now
        self._name = f"{socket.gethostname()}, process {os.getpid()}, {secrets.token_hex(8)}"
        self._etag = ""
        self._until = datetime.min.replace(tzinfo=UTC)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lease; raise StoreError if another does."""
        with by_bucket(self._place):
            self._take()
        stopped = threading.Event()
        renewer = threading.Thread(target=self._renew, args=(stopped,), name="lease", daemon=True)
        renewer.start()
        try:
            yield
        finally:
            stopped.set()
            renewer.join()
            with by_bucket(self._place):
                self._give_back()

    def check(self) -> None:
        """Raise StoreError unless the lease is still held."""
        if self._now() >= self._until:
            raise StoreError(
                f"The right to write to {self._place} has run out: it could not be "
                "renewed in time.",
                hint="check the network, and run again: what was published is kept",
            )

    def _take(self) -> None:
        until = self._now() + LASTS
        etag = self._objects.create(self._key, self._text(until))
        if etag is None:
            etag = self._taken_over(until)
        self._etag, self._until = etag, until

    def _taken_over(self, until: datetime) -> str:
        """Return the ETag of the lease after taking it from a holder whose time is over."""
        found = self._objects.read(self._key)
        if found is None:  # it was given back just now
            etag = self._objects.create(self._key, self._text(until))
        else:
            text, seen = found
            holder, ends = _read(text)
            if holder == self._name:  # an answer got lost: it was made by us
                return seen
            if self._now() < ends + _MARGIN:
                raise self._busy(holder, ends)
            etag = self._objects.replace(self._key, self._text(until), seen)
        if etag is None:
            raise self._busy("another process", until)
        return etag

    def _renew(self, stopped: threading.Event) -> None:
        while not stopped.wait(LASTS.total_seconds() / 4):
            until = self._now() + LASTS
            try:
                etag = self._objects.replace(self._key, self._text(until), self._etag)
            except Fault:
                continue  # there is time for another attempt; `check` tells when there is not
            if etag is None:
                return
            self._etag, self._until = etag, until

    def _give_back(self) -> None:
        found = self._objects.read(self._key)
        if found is not None and _read(found[0])[0] == self._name:
            self._objects.delete(self._key)

    def _text(self, until: datetime) -> bytes:
        return json.dumps({"holder": self._name, "until": until.isoformat()}).encode()

    def _busy(self, holder: str, until: datetime) -> StoreError:
        return StoreError(
            f"Another process writes to the store {self._place}: {holder}.",
            hint=f"wait until it has ended; if it was killed, until {until:%Y-%m-%dT%H:%M:%SZ}",
        )


def _read(text: bytes) -> tuple[str, datetime]:
    """Return who holds a lease and until when; one that cannot be read has run out."""
    try:
        found = json.loads(text)
        return str(found["holder"]), datetime.fromisoformat(found["until"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError):
        return "unknown", datetime.min.replace(tzinfo=UTC)
