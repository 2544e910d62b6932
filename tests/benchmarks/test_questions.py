"""What is asked for the sake of its speed has an answer, and the same one from everybody."""

import json

import duckdb
import pytest

from benchmarks import histories
from benchmarks.questions import questions, subject
from ops.history.store import existing
from ops.query import files
from ops.query.cells import records
from ops.query.local import Local
from ops.query.model import Statement
from ops.query.window import Window


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return histories.made(3_000, tmp_path_factory.mktemp("bench"))


def test_both_spellings_of_every_question_have_the_same_answer(history):
    store = history.store()
    files_asked = duckdb.connect()
    files_asked.execute(
        f"CREATE TABLE records AS SELECT unnest(Records) AS r FROM read_json('{history.logs}', "
        "columns = {Records: 'JSON[]'})"
    )
    with Local(files.found(existing(str(store)), Window()), Window()) as engine:
        for one in questions(subject(store)):
            answer = engine.run(Statement(one.ours, {}), limit=None)
            ours = [list(row.values()) for row in records(answer.columns, answer.rows)]
            theirs = [list(row) for row in files_asked.execute(one.raw).fetchall()]
            assert json.loads(json.dumps(ours)) == theirs, one.name


def test_a_history_is_made_once_and_says_how_many_records_it_holds(history):
    assert histories.made(3_000, history.archive.parents[1]) == history
    [(count,)] = duckdb.sql(
        f"SELECT sum(len(Records)) FROM read_json('{history.logs}', columns = {{Records: 'JSON[]'}})"
    ).fetchall()
    assert history.records == count
