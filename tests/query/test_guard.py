"""One SELECT over the history is answered; whatever else SQL can do is refused."""

from pathlib import Path

import duckdb
import pytest

from ops.errors import QueryError, UsageError
from ops.query import guard
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
    with pytest.raises(duckdb.CatalogException):
        store.engine._connection.execute("FROM rows")
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


NAME, SOURCE = "CreateUser", "iam.amazonaws.com"


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT field('eventName'), field('eventSource'), count(*) FROM events "
         "GROUP BY field('eventName'), field('eventSource')", (NAME, SOURCE, 1)),
        ("SELECT DISTINCT field('eventName'), field('eventSource') FROM events "
         "ORDER BY field('eventSource')", (NAME, SOURCE)),
        ("SELECT field('eventName') AS a, field('eventSource') AS b FROM events GROUP BY ALL "
         "HAVING max(field('eventName')) > 'A'", (NAME, SOURCE)),
        ("SELECT field('eventName') || field('eventSource') AS a, field('eventSource') FROM events "
         "WHERE field('eventName') = 'CreateUser'", (NAME + SOURCE, SOURCE)),
        ("SELECT CASE WHEN field('eventName') = 'x' THEN field('a') ELSE field('eventSource') END, "
         "field('eventName'), field('nothing.x') FROM events", (SOURCE, NAME, None)),
        ("SELECT (SELECT max(field('eventName')) FROM events), field('eventSource'), field('eventName') "
         "FROM events", (NAME, SOURCE, NAME)),
        ("SELECT e.field('eventName'), f.field('eventSource'), e.field('eventSource') "
         "FROM events e, events f", (NAME, SOURCE, SOURCE)),
        ("SELECT list_transform(field_any('eventName'), lambda x: x || field('eventSource')), "
         "field('eventName'), field('eventSource') FROM events", ([NAME + SOURCE], NAME, SOURCE)),
        ("SELECT coalesce(field('a'), field('b'), field('eventName')), field('eventSource') "
         "FROM events", (NAME, SOURCE)),
    ],
)  # fmt: skip
def test_values_read_in_one_go_are_those_read_one_by_one(store, sql, row):
    [found] = store.rows(sql)
    assert tuple(found.values()) == row


def test_an_in_over_a_column_is_asked_while_reading(store):
    def spelled(sql):
        return guard.checked(store.engine._connection, sql, {}).text

    assert spelled(
        "SELECT 1 FROM events WHERE e.event_name IN ('A', 'ü') AND (read_only OR x IN (1))"
    ) == (
        "SELECT 1 FROM events WHERE coalesce(e.event_name IN ('A', 'ü'), false) AND (read_only OR x IN (1))"
    )
    for sql in ("SELECT 1 FROM events WHERE NOT event_name IN ('A')", "SELECT event_name IN ('A') FROM events",
                "SELECT 1 FROM events WHERE event_name NOT IN ('A')", "SELECT 1 FROM t WHERE a IN (SELECT 1)",
                "SELECT 1 FROM events WHERE lower(event_name) IN ('A')"):  # fmt: skip
        assert spelled(sql) == sql


def test_what_is_mentioned_anywhere_in_a_record_is_found(store):
    assert store.value("SELECT count(*) FROM events WHERE mentions('user/alice')") == 1
    assert store.value("SELECT count(*) FROM events e WHERE e.mentions($x)", x="'; DROP") == 0


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Records that hold all kinds of texts, and who is asked about them."""
    values = ("a.c \u00fc\U0001f600", "^a*(a|b)[a-z]\\d", "%_'", "abc", "a" * 6_000)
    texts = [event("CreateUser", params={"x": one}) for one in values]
    texts.append(event("GetUser", params={"x": "HAN"}).replace("HAN", "\u6f22"))
    asker = Asker(of_records(tmp_path_factory.mktemp("spoken") / "store", texts))
    yield texts, asker
    asker.engine.close()


MENTIONED = ("", "user/alice", "User/alice", "a.c", "a*", "(a|b)", "[a-z]", "^{", "}$", "\\", "\\\\d", "?", "+",
             "\\u00fc", "\u6f22", '"eventName": "CreateUser"', "%", "_", "'", "\n", "$", "a" * 5_000)  # fmt: skip


@pytest.mark.parametrize("text", MENTIONED)
def test_a_mention_is_the_text_as_it_is_spelled_and_no_pattern(spoken, text):
    texts, asker = spoken
    quoted = text.replace("'", "''")
    for found in (
        asker.column("SELECT raw FROM events WHERE mentions($x)", x=text),
        asker.column(f"SELECT raw FROM events WHERE mentions('{quoted}')"),
    ):
        assert sorted(found) == sorted({one for one in texts if text in one})


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
