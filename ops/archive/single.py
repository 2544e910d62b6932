"""One file of a directory, as an archive that holds nothing else."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ops.archive.directory import Directory, entry
from ops.archive.model import Entry, Object, Source, Version


class SingleFile:
    """A file as an archive; its key is its name."""

    def __init__(self, path: Path) -> None:
        self._key = path.name
        self.source = Source("directory", path=str(path.parent), file=path.name)

    def prefixes(
        self,
        prefix: str,  # noqa: ARG002  # it has no folders
        *,
        beside: Callable[[Entry], None] | None = None,  # noqa: ARG002  # nothing is beside it
    ) -> Sequence[str]:
        """Return nothing: there are no folders."""
        return []

    def list(self, prefix: str, *, start_after: str | None = None) -> Iterator[Entry]:
        """Yield the file."""
        if self._key.startswith(prefix) and self._key > (start_after or ""):
            yield entry(self.source.path, self._key)

    def get(self, key: str, *, limit: int, version: str | None = None) -> Object:
        """Return the file; raise a Fault."""
        return Directory(self.source).get(key, limit=limit, version=version)

    def versions(self, key_prefix: str) -> Sequence[Version]:  # noqa: ARG002  # it has none
        """Return nothing: a file has no versions."""
        return []
