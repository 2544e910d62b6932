"""One SELECT over the history is answered; whatever else SQL can do is refused."""

from pathlib import Path

import duckdb
import pytest

from ops.errors import QueryError, UsageError
from tests.query.conftest import Asker, of_records
from tests.query.records import event

REFUSED = {
    "ATTACH '/etc/x.db'": "ATTACH is refused",
    "COPY events TO 'out.csv'": "COPY is refused",
    "INSTALL httpfs": "LOAD is refused",
    "LOAD httpfs": "LOAD is refused",
    "PRAGMA version": "PRAGMA is refused",
    "SET threads = 1": "SET is refused",
    "RESET threads": "SET is refused",
    "CREATE TABLE x (a INTEGER)": "CREATE is refused",
    "DELETE FROM losers": "DELETE is refused",
    "EXPORT DATABASE 'x'": "EXPORT is refused",
    "CALL pragma_version()": "CALL is refused",
    "PREPARE x AS SELECT 1": "PREPARE is refused",
    "EXPLAIN ANALYZE SELECT 1": "EXPLAIN is refused",
    "PIVOT events ON event_name": "MULTI is refused",
    "SELECT 1; SELECT 2": "here are 2 statements",
    "SELECT 1; COPY events TO 'out.csv'": "here are 2 statements",
    "": "here are 0 statements",
    "-- nothing": "here are 0 statements",
    "SELEC 1": "no SQL",
    "WITH x AS (COPY (SELECT 1) TO 'out.csv') SELECT * FROM x": "COPY is refused in a SELECT",
    "WITH x AS (DELETE FROM losers RETURNING *) SELECT * FROM x": "DELETE is refused in a SELECT",
    "WITH x AS (INSERT INTO losers SELECT * FROM losers RETURNING *) FROM x": "INSERT is refused in a SELECT",
    "WITH x AS (UPDATE losers SET event_id = '' RETURNING *) FROM x": "UPDATE is refused in a SELECT",
    "SELECT * FROM (WITH x AS (COPY (SELECT 1) TO 'out.csv') SELECT * FROM x)": "COPY is refused in a SELECT",
    "FROM read_text('/etc/passwd')": r"read_text\(…\) is refused",
    "FROM read_blob('/etc/passwd')": r"read_blob\(…\) is refused",
    "FROM read_csv('/etc/passwd')": r"read_csv\(…\) is refused",
    "FROM read_parquet('/x')": r"read_parquet\(…\) is refused",
    "FROM glob('/etc/*')": r"glob\(…\) is refused",
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))": r"read_text\(…\) is refused",
    "FROM events, LATERAL (FROM read_text(source_key))": r"read_text\(…\) is refused",
    "FROM query('COPY events TO ''x''')": r"query\(…\) is refused",
    "FROM query_table('events')": r"query_table\(…\) is refused",
    "FROM duckdb_settings()": r"duckdb_settings\(…\) is refused",
    "FROM duckdb_secrets()": r"duckdb_secrets\(…\) is refused",
    "FROM enable_logging(storage = 'file', storage_path = 'x')": r"enable_logging\(…\) is refused",
    "FROM add_grammar_extension('x')": r"add_grammar_extension\(…\) is refused",
    "FROM sniff_csv('/etc/passwd')": r"sniff_csv\(…\) is refused",
    "SELECT getenv('HOME')": "getenv",
    "SELECT site_list('nobody')": "no site list 'nobody'",
    "SELECT field('a''b') FROM events": "no path into a record",
    "SELECT field(event_name) FROM events": "one text in quotes",
    "SELECT field(lower(raw), 'a') FROM events": "takes a column that holds a record",
    "SELECT no_such_column FROM events": "no_such_column",
    "SELECT * FROM no_such_view": "no_such_view",
    "SELECT $who": "has no value",
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    asker = Asker(of_records(tmp_path_factory.mktemp("guard") / "store", [event("CreateUser")]))
    yield asker
    asker.engine.close()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def content(folder):
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("sql", REFUSED)
def test_whatever_is_no_plain_select_over_the_views_is_refused(store, tmp_path, sql):
    before = content(store.root)
    with pytest.raises(UsageError, match=REFUSED[sql]):
        store.rows(sql)
    assert content(store.root) == before
    assert content(tmp_path) == {}


@pytest.mark.parametrize("sql", ["FROM '/etc/passwd'", "FROM 'secret.csv'", "FROM 'log.parquet'"])
def test_a_file_named_as_a_table_is_not_read(store, tmp_path, sql):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    duckdb.sql("SELECT 1 AS a").write_parquet(str(tmp_path / "log.parquet"))
    with pytest.raises((UsageError, QueryError)):
        store.rows(sql)


def test_variables_of_the_program_are_no_tables(store):
    rows = duckdb.sql("SELECT 42 AS a")
    with pytest.raises(UsageError, match="rows"):
        store.rows("FROM rows")
    assert rows.fetchall() == [(42,)]


def test_the_lock_behind_the_guard_holds_by_itself(store, tmp_path):
    connection = store.engine._connection
    [log] = store.engine.files.dated
    for sql in (
        "FROM read_text('/etc/passwd')", f"FROM glob('{tmp_path}/*')", "SET threads = 1",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'", f"ATTACH '{tmp_path}/x.db'", "LOAD httpfs",
        f"FROM read_text('{log.parent}/../_atalaya/store.json')", "SET enable_external_access = true",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error):
            connection.execute(sql).fetchall()
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT 1 AS a", 1),
        ("SELECT 1 AS a;", 1),
        ("SELECT 1 AS a; ; -- and; a remark", 1),
        ("/* ; */ SELECT 'x;y' AS a -- ;", "x;y"),
        ("FROM (VALUES ('é')) AS t(a); -- ü;", "é"),
        ("SELECT 'ü' || field('eventName') || 'ß' FROM events", "üCreateUserß"),
        ("WITH x AS (SELECT raw FROM events) SELECT field('eventName') FROM x", "CreateUser"),
        ("SELECT e.field('eventName') FROM events e, events f", "CreateUser"),
        ("SELECT field(e.raw, 'eventName') FROM events e", "CreateUser"),
        ("SELECT max(range) FROM range(3)", 2),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT max(i) FROM n", 9),
    ],
)  # fmt: skip
def test_a_select_is_answered_however_it_is_written(store, sql, answer):
    assert store.value(sql) == answer


def test_a_looked_up_value_is_named_by_its_last_key(store):
    [row] = store.rows(
        "SELECT field('userIdentity.userName'), field('eventName') AS what FROM events"
    )
    assert row == {"userName": "alice", "what": "CreateUser"}


def test_the_views_are_listed_and_described(store):
    assert {"events", "coverage", "integrity"} <= set(store.column("SHOW TABLES"))
    assert "event_id" in store.column("DESCRIBE events")


def test_a_list_of_the_site_is_exactly_what_the_file_says(ask):
    names = ["o'brien", "x\\'; DROP", "ü"]
    store = ask([event("A")], lists={"people": names, "none": []})
    assert store.value("SELECT site_list('people')") == names
    assert store.value("SELECT site_list('none')") == []
    assert store.rows("FROM events WHERE list_contains(site_list('none'), event_name)") == []


def test_nothing_of_a_question_is_left_behind(ask):
    store = ask([event("A")])
    scratch = Path(store.engine._scratch.name)
    assert scratch.is_dir()
    store.engine.close()
    assert not scratch.exists()
