"""The questions that pages show are answered: runbooks, their parameters, and SQL."""

import itertools
import re
import shlex

import pytest
from sqlglot import exp

from ops import catalog
from ops.query import lists, runbook
from ops.query.athena import Workplace, question
from ops.query.catalog import VIEWS
from tests.docs.test_docs import DOCS, PAGES, snippets
from tests.query.conftest import Asker, of_records
from tests.query.records import event

LINES = [
    words
    for page in PAGES
    for line in snippets(page)
    for words in [shlex.split(line.removeprefix("pipenv run "), comments=True)]
    if words[:2] in (["ops", "query"], ["ops", "run"]) and len(words) > 2
]
ASKED = [words for words in LINES if words[1] == "run"]
QUERIES = [words for words in LINES if words[1] == "query"]
SQL = [word for words in QUERIES if "athena" not in words for word in words if " " in word]
ATHENAS = [word for words in QUERIES if "athena" in words for word in words if " " in word]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = of_records(tmp_path_factory.mktemp("docs") / "store", [event("A")])
    asker = Asker(root, lists=lists.known(None))
    yield asker
    asker.engine.close()


def test_pages_show_questions():
    assert len(ASKED) > 20
    assert len(SQL) > 4
    assert len(ATHENAS) > 1


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_a_runbook_that_a_page_runs_exists_and_gets_what_it_asks_for(words):
    if words[2].endswith(".sql") or not re.fullmatch(r"[a-z-]+", words[2]):
        return
    book = runbook.found(words[2])
    given = {after.partition("=")[0] for word, after in itertools.pairwise(words) if word == "-p"}
    assert given <= {one.name for one in book.params}
    assert {one.name for one in book.params if one.required} <= given


@pytest.mark.parametrize("sql", SQL)
def test_sql_that_a_page_shows_is_answered(store, sql):
    store.rows(sql)


@pytest.mark.parametrize("sql", ATHENAS)
def test_sql_for_athena_that_a_page_shows_asks_for_what_is_there(sql):
    tree = question.checked(sql, Workplace("atalaya", "atalaya"))
    assert [one.name for one in question.tables(tree)] == [catalog.LOGS]
    asked = {one.name for one in tree.find_all(exp.Column)}
    assert asked <= {one.name for one in catalog.RECORD}


def test_the_runbook_that_a_page_shows_is_one(store, tmp_path):
    [text] = re.findall(
        r"^```sql\n(.*?)^```", (DOCS / "how-to" / "ask-the-history.md").read_text(), re.M | re.S
    )
    path = tmp_path / "by-tool.sql"
    path.write_text(text)
    book = runbook.load(path)
    assert book.tree("duckdb", tuple(VIEWS)).named_selects == list(book.columns)
