"""Collects as `ops collect` does, with a pause before every step that a crash could fall into."""

import time
from pathlib import Path

from ops.history import collect, local, publish
from tests.history.stores import run


def slowed(pause, function):
    def slow(*args, **options):
        time.sleep(pause)
        return function(*args, **options)

    return slow


def main(source, store, pause, begun):
    """Collect, and say when it begins.

    `pause` is slept before each publication, rename and removal, a part of it before
    each flush.
    """
    collect._ROWS = 20
    local._flush = slowed(pause / 4, local._flush)
    publish.Publisher.publish = slowed(pause, publish.Publisher.publish)
    Path.replace = slowed(pause, Path.replace)
    Path.unlink = slowed(pause, Path.unlink)
    begun.set()
    run(source, store)
