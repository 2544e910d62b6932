"""Questions asked of the emulator's Athena: what comes back, what it costs, what ends early."""

import pytest

from ops.errors import AwsError, QueryError
from ops.query.athena import price
from tests.query.athena.conftest import DATABASE, WORKGROUP, statement


def test_rows_come_back_without_the_header_and_as_values(cloud):
    cloud.will_answer(
        {"who": "varchar", "calls": "bigint", "failed": "boolean"},
        [["alice", "12", "false"], [None, "3", "true"], ["", "0", None]],
    )
    answer = cloud.engine().run(statement("SELECT who, calls, failed FROM events"), limit=None)
    assert answer.columns == ("who", "calls", "failed")
    assert answer.rows == [("alice", 12, False), (None, 3, True), ("", 0, None)]
    assert answer.truncated is False


def test_a_row_that_looks_like_the_header_is_a_row(cloud):
    cloud.will_answer({"who": "varchar"}, [["who"], ["who"]])
    answer = cloud.engine().run(statement("SELECT who FROM events"), limit=None)
    assert answer.rows == [("who",), ("who",)]


def test_no_rows_still_have_columns(cloud):
    cloud.will_answer({"who": "varchar"}, [])
    answer = cloud.engine().run(statement("SELECT who FROM events WHERE false"), limit=10)
    assert (answer.columns, answer.rows, answer.truncated) == (("who",), [], False)


def test_many_rows_are_read_page_by_page_and_none_is_lost(cloud):
    rows = [[str(number)] for number in range(2500)]
    cloud.will_answer({"n": "integer"}, rows)
    answer = cloud.engine().run(statement("SELECT n FROM events"), limit=None)
    assert [row[0] for row in answer.rows] == list(range(2500))


@pytest.mark.parametrize(
    ("limit", "truncated"), [(1, True), (6, True), (7, False), (8, False), (0, True)]
)
def test_a_limit_cuts_and_says_so_only_if_there_was_more(cloud, limit, truncated):
    cloud.will_answer({"n": "integer"}, [[str(number)] for number in range(7)])
    answer = cloud.engine().run(statement("SELECT n FROM events"), limit=limit)
    assert [row[0] for row in answer.rows] == list(range(min(limit, 7)))
    assert answer.truncated is truncated


def test_workgroup_database_and_values_go_along_with_the_text(cloud):
    cloud.will_answer({"n": "integer"}, [])
    text = "SELECT n FROM events WHERE a = ? AND b = ? /* values */"
    cloud.engine().run(statement(text, "'it''s'", "'2026-11-01'"), limit=1)
    [found] = [one for one in cloud.executions().values() if one["Query"] == text]
    assert found["ExecutionParameters"] == ["'it''s'", "'2026-11-01'"]
    assert found["QueryExecutionContext"] == {"Database": DATABASE}
    assert found["WorkGroup"] == WORKGROUP


def test_the_answer_says_what_was_read_and_what_it_cost(cloud):
    cloud.will_answer({"n": "integer"}, [])
    answer = cloud.engine(usd_per_terabyte=6.25).run(
        statement("SELECT n FROM events /* scanned 2000500000 */"), limit=1
    )
    assert answer.scan.bytes == 2_000_500_000
    assert answer.scan.price_usd == pytest.approx(2001 * 6.25 / 1_000_000)


@pytest.mark.parametrize(
    ("read", "megabytes"), [(0, 10), (9_999_999, 10), (10_000_001, 11), (25_000_000, 25)]
)
def test_whole_megabytes_are_billed_and_ten_at_least(read, megabytes):
    assert price.usd(read) == pytest.approx(megabytes * 5.0 / 1_000_000)


def test_a_running_query_is_looked_at_less_and_less_often(cloud):
    cloud.will_answer({"n": "integer"}, [["1"]])
    cloud.engine().run(
        statement("SELECT n FROM events /* looks 12 */ /* scanned 7000000 */"), limit=1
    )
    assert len(cloud.slept) == 12
    assert cloud.slept[0] < 0.5
    assert cloud.slept == sorted(cloud.slept)
    assert cloud.slept[-1] == 5.0
    assert cloud.said[:2] == ["queued, 7 MB read", "running, 7 MB read"]


def test_ctrl_c_stops_the_query_itself(cloud):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    text = "SELECT n FROM events /* RUNNING */ /* looks 3 */ /* ctrl-c */"
    with pytest.raises(KeyboardInterrupt):
        cloud.engine(sleep=interrupted).run(statement(text), limit=1)
    [(query, found)] = [
        (one, found) for one, found in cloud.executions().items() if found["Query"] == text
    ]
    assert found["Status"]["State"] == "CANCELLED"
    assert cloud.said[-1] == f"stopped query {query} in Athena"


def test_a_query_that_has_ended_is_not_stopped(cloud):
    cloud.will_answer({"n": "integer"}, [["1"]])
    text = "SELECT n FROM events /* looks 1 */ /* ended */"
    cloud.engine().run(statement(text), limit=1)
    [found] = [one for one in cloud.executions().values() if one["Query"] == text]
    assert found["Status"]["State"] == "SUCCEEDED"
    assert not any("stopped" in one for one in cloud.said)


def failure(cloud, text, **engine):
    with pytest.raises(QueryError) as caught:
        cloud.engine(**engine).run(statement(text), limit=1)
    return str(caught.value), caught.value.hint


def test_a_failure_says_why_and_what_to_do(cloud):
    text = "SELEC n /* FAILED: SYNTAX_ERROR: line 1:1: Column 'n' cannot be resolved */"
    message, hint = failure(cloud, text)
    assert message.endswith("failed: SYNTAX_ERROR: line 1:1: Column 'n' cannot be resolved.")
    assert "columns" in hint


def test_a_query_over_the_limit_says_how_far_it_came_and_how_far_it_may(cloud):
    text = (
        "SELECT * FROM cloudtrail /* CANCELLED: Bytes scanned limit was exceeded */ "
        "/* scanned 51000000 */"
    )
    message, hint = failure(cloud, text)
    assert "ended after 51,000,000 bytes" in message
    assert f"workgroup {WORKGROUP} lets one query read 50,000,000 bytes" in message
    assert "fewer days" in hint
    assert "analytics.scan_limit_bytes" in hint


def test_a_query_somebody_else_stopped_says_so(cloud):
    message, _ = failure(cloud, "SELECT 1 /* CANCELLED */")
    assert "was stopped from outside" in message


def test_what_athena_calls_worth_another_try_is_to_be_tried_again(cloud):
    _, hint = failure(cloud, "SELECT 1 /* FAILED: INTERNAL_ERROR */ /* retryable */")
    assert hint.startswith("ask again")


def test_an_unknown_workgroup_is_refused_with_its_name(cloud):
    message, hint = failure(cloud, "SELECT 1", workgroup="nowhere")
    assert message.startswith("Athena refused the query in workgroup nowhere")
    assert "--workgroup" in hint


def test_a_value_too_long_for_athena_is_refused_before_anything_runs(cloud):
    def started():
        return cloud.client("athena").list_query_executions()["QueryExecutionIds"]

    before = started()
    with pytest.raises(QueryError, match=r"1,026 characters is too long"):
        cloud.engine().run(statement("SELECT ?", f"'{'x' * 1024}'"), limit=1)
    assert started() == before


def test_a_refusal_by_iam_is_no_failed_query(cloud):
    with pytest.raises(AwsError, match=r"start_query_execution was denied") as caught:
        cloud.engine().run(statement("SELECT 1 /* denied */"), limit=1)
    assert not isinstance(caught.value, QueryError)
    assert "permission" in caught.value.hint
