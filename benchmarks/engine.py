"""Asks a store its questions in this process: how long the engine takes, without Python's start.

python -m benchmarks.engine STORE TIMES    prints {question: [milliseconds]}
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.questions import questions, subject
from ops.history.store import existing
from ops.query import files
from ops.query.local import Local
from ops.query.model import Statement
from ops.query.window import Window


def main(store: Path, times: int) -> None:
    """Ask everything so many times, each time of a freshly opened engine."""
    took: dict[str, list[float]] = {}
    for one in questions(subject(store)):
        for _ in range(times):
            with Local(files.found(existing(str(store)), Window()), Window()) as engine:
                begun = time.perf_counter()
                engine.run(Statement(one.ours, {}), limit=None)
                took.setdefault(one.name, []).append(1000 * (time.perf_counter() - begun))
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
