"""Every runbook on a generated day: it finds what was planted, and nothing that only looks like it."""

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.errors import UsageError
from ops.lab.history import STEPS
from ops.query import lists, parameters, rendering, runbook, tables
from ops.query.catalog import VIEWS
from ops.query.window import Window
from ops.rules import catalogue
from tests.conftest import ROOT
from tests.query.asking import SEEN

GOLDEN = ROOT / "tests" / "query" / "golden"
WINDOW = Window(datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
BOOKS = [runbook.found(name) for name in runbook.names()]
RULES = {one.said.name for one in catalogue.shipped().rules}
LISTS = {**lists.known(None), "own_accounts": ["444444444444"], "archive_buckets": ["logs"]}
SAMPLES = {
    "string": "sample", "int": "7", "time": "2026-11-20", "account": "444444444444",
    "arn": "arn:aws:iam::444444444444:user/alice", "ip": "192.0.2.7", "key": "AKIAIOSFODNN7EXAMPLE", "list": "a,b",
}  # fmt: skip


# What every runbook must be


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_runbook_is_complete(book):
    assert book.number
    assert book.question.rstrip().endswith((".", "?"))
    assert book.tags
    assert all(one.meaning for one in book.params)
    assert all(re.fullmatch(r"[A-Z].*[^.]", meaning) for meaning in book.columns.values()), (
        book.columns
    )
    assert set(book.rules) <= RULES


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_what_comes_next_exists_and_is_filled_by_columns_of_its_type(book):
    for step in book.next:
        wanted = {one.name: one for one in runbook.found(step.runbook).params}
        assert set(step.params) <= set(wanted)
        assert set(step.params.values()) <= set(book.columns)
        needed = {one.name for one in wanted.values() if one.required and one.default is None}
        assert needed <= set(step.params)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_it_is_in_the_language_and_needs_nothing_but_the_views(book):
    book.tree("duckdb", tuple(VIEWS))
    book.tree("athena", tuple(VIEWS))


OF_THEIR_OWN = {"coverage-proof"}
"""Runbooks with a text for Athena alone, as they read a local store's own views."""


def test_only_these_runbooks_have_a_second_text():
    assert {book.name for book in BOOKS if book.athena} == OF_THEIR_OWN


def values_of(book):
    given = {one.name: one.default or SAMPLES[one.type] for one in book.params}
    values = parameters.values(book.params, given, datetime(2026, 11, 21, tzinfo=UTC))
    return {**values, "since": WINDOW.begin, "until": WINDOW.end}


@pytest.mark.golden
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_its_text_for_athena_is_the_golden_one(book, golden):
    values = values_of(book)
    statement = rendering.athena(
        book.tree("athena", tuple(VIEWS)), tables.Collected("history", "events"),
        book.looked_at(WINDOW, values), values, LISTS,
    )  # fmt: skip
    text = statement.text + "".join(f"\n-- {value}" for value in statement.positional) + "\n"
    path = GOLDEN / f"{book.name}.sql"
    if golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run `make golden`"


REFUSED = {"actor-timeline", "role-map"}
"""Runbooks that ask for what AWS's table lacks: the source identity."""


def test_which_runbooks_the_delivered_files_can_answer():
    refused = {}
    for book in BOOKS:
        values = values_of(book)
        try:
            tree = book.tree("athena", tuple(VIEWS))
            rendering.athena(tree, tables.Delivered("archive", "logs"), WINDOW, values, LISTS)
        except UsageError as error:
            refused[book.name] = str(error)
    assert all("delivered files do not give" in words for words in refused.values())
    assert set(refused) == REFUSED


def test_every_step_that_a_runbook_must_see_is_shown_to_be_seen():
    for path in sorted(Path(__file__).parent.glob("test_runbooks_*.py")):
        importlib.import_module(f"tests.query.{path.stem}")
    written = {book.number for book in BOOKS}
    wanted = {
        (step.name, number) for step in STEPS for number in step.runbooks if number in written
    }
    assert wanted - SEEN == set()
