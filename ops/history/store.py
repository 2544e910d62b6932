"""Finds the store a text names, and says what it is: its format and the version of its columns."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ops import home
from ops.errors import StoreError
from ops.history import schema
from ops.history.local import LocalShelf
from ops.history.shelf import STORE, Shelf, remedy

_FORMAT = "atalaya.store"


@dataclass(frozen=True, slots=True)
class About:
    """What a store says about itself."""

    created_at: str
    schema_version: int = schema.VERSION
    pruned_before: str | None = None
    """The day before which events were removed, if any were."""


def open_store(text: str) -> Shelf:
    """Return the shelf that a text names, a directory or s3://BUCKET[/PREFIX].

    There need not be a store on it yet. Raises UsageError or ArchiveError.
    """
    if not text.startswith("s3://"):
        return LocalShelf(Path(text).resolve())
    from ops.archive.opening import open_source
    from ops.history.remote import RemoteShelf

    return RemoteShelf(open_source(text), home.home() / "cache")


def existing(text: str) -> Shelf:
    """Return the store that a text names; raise StoreError if there is none of our version."""
    shelf = open_store(text)
    if not shelf.exists():
        raise StoreError(
            f"There is no store at {shelf}.", hint=f"make one: ops collect SOURCE --store {text}"
        )
    shelf.settle()
    about(shelf)
    return shelf


def about(shelf: Shelf) -> About:
    """Return what a store says about itself; raise StoreError if its columns are not ours."""
    file = shelf.fetch(STORE)
    try:
        found = json.loads(file.read_bytes())
        form, version = found["format"], int(found["schema_version"])
        said = About(str(found["created_at"]), version, found.get("pruned_before"))
    except OSError as error:
        raise StoreError(f"{STORE} in {shelf} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{STORE} in {shelf} does not say what the store is.",
            hint=remedy(
                str(shelf),
                file,
                copied=shelf.copies,
                otherwise="restore it from a copy, or collect into a new store",
            ),
        ) from error
    if form != _FORMAT:
        raise StoreError(f"{shelf} holds a {form!r}, no store of ours.", hint="name another one")
    if version != schema.VERSION:
        newer = version > schema.VERSION
        raise StoreError(
            f"The store {shelf} has columns of version {version}; this ops has version "
            f"{schema.VERSION}.",
            hint="use a newer ops" if newer else "collect into a new store with this ops",
        )
    return said


def beginning(scratch: Path, moment: datetime) -> dict[str, Path]:
    """Write the file that makes a store of an empty place; return it by its path."""
    return described(scratch, About(f"{moment:%Y-%m-%dT%H:%M:%SZ}"))


def described(scratch: Path, about: About) -> dict[str, Path]:
    """Write the file that says what a store is; return it by its path; raise OSError."""
    said = {"format": _FORMAT, "schema_version": about.schema_version}
    said |= {"created_at": about.created_at}
    if about.pruned_before is not None:
        said |= {"pruned_before": about.pruned_before}
    file = scratch / "store.json"
    file.write_text(f"{json.dumps(said)}\n", encoding="utf-8")
    return {STORE: file}
