"""Runs one command and says what it took; a program of its own, and a small one.

Linux counts the memory of whoever starts a process into that process's peak, so
the starter must be smaller than what it measures: this runs without site
packages and imports little.

    python -I -S benchmarks/launch.py STDOUT STDERR COMMAND…    prints one JSON object
"""

import json
import os
import sys
import time

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def main() -> None:
    """Run the command named by the arguments."""
    out, err, *command = sys.argv[1:]
    start = time.perf_counter()
    process = os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, out, _WRITE, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, err, _WRITE, 0o600),
        ],
    )
    _, status, used = os.wait4(process, 0)
    took = {
        "seconds": time.perf_counter() - start,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "code": os.waitstatus_to_exitcode(status),
    }
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main()
