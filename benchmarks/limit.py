"""The limit of verifying: read the same files with the same processes, gunzip, SHA-256; no more.

As a program it prints how many files it hashed:

    python -m benchmarks.limit DIRECTORY PROCESSES
"""

import json
import os
import sys
from collections.abc import Sequence

from ops.integrity.inflate import hash_gzip

_LIMIT = 4 << 30


def main() -> None:
    """Hash a directory's files, shared out over processes."""
    root, processes = sys.argv[1], int(sys.argv[2])
    files = [
        f"{folder}/{name}"
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith(".json.gz")
    ]
    children = [_child(files[nth::processes]) for nth in range(1, processes)]
    _hash(files[::processes])
    for child in children:
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"process {child} failed")
    sys.stdout.write(json.dumps({"files": len(files)}))


def _child(files: Sequence[str]) -> int:
    process = os.fork()
    if process == 0:
        _hash(files)
        os._exit(0)
    return process


def _hash(files: Sequence[str]) -> None:
    for name in files:
        descriptor = os.open(name, os.O_RDONLY)
        body = os.read(descriptor, os.fstat(descriptor).st_size)
        os.close(descriptor)
        hash_gzip(body, limit=_LIMIT)


if __name__ == "__main__":
    main()
