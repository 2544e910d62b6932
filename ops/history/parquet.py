"""Opens Parquet files of a store; one that is damaged is told by its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.errors import StoreError
from ops.history.shelf import Shelf, remedy


@contextmanager
def opened(shelf: Shelf, path: str) -> Iterator[Any]:
    """Open a file for reading; raise StoreError if it cannot be read, now or later."""
    place = shelf.fetch(path)
    try:
        with pq.ParquetFile(place) as file:
            yield file
    except (pa.ArrowException, FileNotFoundError) as error:
        raise StoreError(
            f"{path} in the store {shelf} cannot be read: {str(error).splitlines()[0]}",
            hint=remedy(
                str(shelf),
                place,
                copied=shelf.copies,
                otherwise="restore it from a copy, or collect into a new store",
            ),
        ) from error
