"""Stores to ask: one of a generated day, made once, and small ones made by hand."""

import itertools
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from ops.history.store import existing
from ops.lab import history
from ops.lab.history import Story
from ops.query import files, lists
from ops.query.local import Local
from ops.query.model import Statement
from ops.query.window import Window
from tests.lab_history.conftest import a_plan, a_zone
from tests.query import stores
from tests.query.asking import run

EVERY = Window()


class Asker:
    """Asks a store, and answers as tests like it: rows as mappings."""

    def __init__(self, root: Path, window: Window = EVERY, **settings):
        self.root, self.window = root, window
        self.engine = Local(files.found(existing(str(root)), window), window, **settings)

    def rows(self, sql, limit=None, **values):
        found = self.engine.run(Statement(sql, values), limit=limit)
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def value(self, sql, **values):
        [row] = self.rows(sql, **values)
        [one] = row.values()
        return one

    def column(self, sql, **values):
        return [next(iter(row.values())) for row in self.rows(sql, **values)]


@pytest.fixture(scope="session")
def plan():
    """A day of the lab's organisation, small, the attack included."""
    return a_plan(scale=0.15)


@pytest.fixture(scope="session")
def story(plan):
    return Story(plan)


@pytest.fixture(scope="session")
def day_store(plan, story, tmp_path_factory):
    """The store of that day. Look, do not touch."""
    return stores.of_history(tmp_path_factory.mktemp("day") / "store", history.made(plan, story))


@pytest.fixture(scope="session")
def day(day_store):
    asker = Asker(day_store, lists=lists.known(a_zone()))
    yield asker
    asker.engine.close()


@pytest.fixture
def answer(day):
    """Run a runbook over that day."""
    return partial(run, day)


@pytest.fixture
def planted(story):
    """Return the event ids of a step's records, of all or of the named actions."""

    def of(step, *names):
        return {one.event_id for one in story.step(step) if not names or one.name in names}

    return of


@pytest.fixture
def opened():
    """Open a store to ask it."""
    with ExitStack() as stack:

        def made(root, window=EVERY, **settings):
            asker = Asker(root, window, **settings)
            stack.enter_context(asker.engine)
            return asker

        yield made


@pytest.fixture
def ask(opened, tmp_path):
    """Make a store of records and ask it: `ask([text, …], **settings)`, a list a log file."""
    count = itertools.count()

    def made(*logs, window=EVERY, **settings):
        return opened(of_records(tmp_path / f"store{next(count)}", *logs), window, **settings)

    return made


def of_records(root, *logs):
    writer = stores.Writer(root)
    for nth, texts in enumerate(logs):
        place = {"account": "444444444444", "region": "us-east-1", "day": "2026-11-20"}
        writer.log(f"log-{nth}.json.gz", texts, **place)
    return writer.finish()


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)
