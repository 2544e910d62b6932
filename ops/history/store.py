"""Finds the store a text names, and says what it is: its format and the version of its columns."""

import json
from datetime import datetime
from pathlib import Path

from ops.errors import StoreError
from ops.history import schema
from ops.history.local import LocalShelf
from ops.history.shelf import STORE, Shelf

_FORMAT = "atalaya.store"


def open_store(text: str) -> Shelf:
    """Return the shelf that a text names; there need not be a store on it yet."""
    return LocalShelf(Path(text).absolute())


def existing(text: str) -> Shelf:
    """Return the store that a text names; raise StoreError if there is none of our version."""
    shelf = open_store(text)
    if not shelf.exists():
        raise StoreError(
            f"There is no store at {shelf}.", hint=f"make one: ops collect SOURCE --store {text}"
        )
    check(shelf)
    return shelf


def check(shelf: Shelf) -> None:
    """Raise StoreError unless a store, if there is one, has the columns of this version."""
    if not shelf.exists():
        return
    try:
        found = json.loads(shelf.fetch(STORE).read_bytes())
        form, version = found["format"], found["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{STORE} in {shelf} does not say what the store is.",
            hint="restore it from a copy, or collect into a new store",
        ) from error
    if form != _FORMAT:
        raise StoreError(f"{shelf} holds a {form!r}, not a store of ours.", hint="name another")
    if version != schema.VERSION:
        newer = version > schema.VERSION
        raise StoreError(
            f"The store {shelf} has columns of version {version}; this ops has version "
            f"{schema.VERSION}.",
            hint="use a newer ops" if newer else "collect into a new store with this ops",
        )


def beginning(scratch: Path, moment: datetime) -> dict[str, Path]:
    """Return the file that makes a store of an empty place, by its path; raise OSError."""
    about = {
        "format": _FORMAT,
        "schema_version": schema.VERSION,
        "created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    }
    file = scratch / "store.json"
    file.write_text(f"{json.dumps(about)}\n", encoding="utf-8")
    return {STORE: file}
