"""The limit of verifying: read the same files with the same processes, gunzip, SHA-256; no more.

As a program it prints how many files it hashed, read from a directory or, with the
same names, from a bucket:

    python -m benchmarks.limit DIRECTORY PROCESSES [BUCKET]
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from ops.integrity.inflate import hash_gzip

_LIMIT = 4 << 30
_REQUESTS = 64
"""Under way at once, in each process: together as many as `ops verify` has."""


def main() -> None:
    """Hash a directory's files, shared out over processes."""
    root, processes, *bucket = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
    keys = [
        os.path.relpath(f"{folder}/{name}", root)
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith(".json.gz")
    ]
    if bucket:
        import obstore  # noqa: F401  # loaded once, for all processes

    def work(some: Sequence[str]) -> None:
        asyncio.run(_ask(some, bucket[0])) if bucket else _read(root, some)

    children = [_child(work, keys[nth::processes]) for nth in range(1, processes)]
    work(keys[::processes])
    for child in children:
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"process {child} failed")
    sys.stdout.write(json.dumps({"files": len(keys)}))


def _child(work: Callable[[Sequence[str]], None], keys: Sequence[str]) -> int:
    process = os.fork()
    if process == 0:
        work(keys)
        os._exit(0)
    return process


def _read(root: str, keys: Sequence[str]) -> None:
    for key in keys:
        descriptor = os.open(f"{root}/{key}", os.O_RDONLY)
        body = os.read(descriptor, os.fstat(descriptor).st_size)
        os.close(descriptor)
        hash_gzip(body, limit=_LIMIT)


async def _ask(keys: Sequence[str], bucket: str) -> None:
    """Ask as `ops verify` does: for a range, which comes without metadata and costs less."""
    from obstore import get_range_async
    from obstore.store import S3Store

    store = S3Store(
        bucket, endpoint=os.environ["AWS_ENDPOINT_URL"], client_options={"allow_http": True}
    )

    async def run(waiting: Iterator[str]) -> None:
        for key in waiting:
            body = await get_range_async(store, key, start=0, end=_LIMIT)
            hash_gzip(bytes(body), limit=_LIMIT)

    waiting = iter(keys)
    await asyncio.gather(*(run(waiting) for _ in range(_REQUESTS)))


if __name__ == "__main__":
    main()
