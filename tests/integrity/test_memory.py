"""What a run holds does not grow with the archive, however much is wrong with it."""

import pytest

from ops.integrity import docket, stock
from ops.integrity.causes import finding
from ops.integrity.discover import Cell
from ops.integrity.docket import Docket
from ops.integrity.finding import Kind, Status, Verdict
from ops.integrity.keys import KeyRing
from ops.layout import Family
from tests.integrity.conftest import causes
from tests.integrity.world import ACCOUNT, HOUR, OTHER, REGION, START, a_world


@pytest.fixture
def few(monkeypatch) -> None:
    """Let a run list five findings of one cause, and hold as many files by name."""
    monkeypatch.setattr(docket, "_MOST", 5)
    monkeypatch.setattr(docket, "_LEAST", 5)
    monkeypatch.setattr(stock, "_MOST_HELD", 20)


def test_findings_beyond_what_is_listed_are_counted_and_weigh_the_same(check, few):
    world = a_world(24, logs=1)
    for hour in world.lines[0].hours:
        del world.objects[hour.logs[0]]
    report = check(world)
    found = [one for one in report.findings if one.cause == "log-missing"]
    assert [one.key for one in found if one.key] == [
        hour.logs[0] for hour in world.lines[0].hours[:5]
    ]
    assert found[0].reason.endswith("19 more, not listed here")
    assert "--account 111111111111 --region us-east-1" in found[0].hint
    assert report.logs[Verdict.MISSING] == 24
    assert report.status is Status.FAIL


def test_a_run_without_keys_lists_few_findings_and_counts_all(check, few):
    report = check(a_world(24, logs=1), ring=KeyRing())
    assert causes(report) == ["key-unknown"] * 6 + ["uncovered-logs"]
    assert report.digests[Verdict.UNVERIFIABLE] == 24
    assert report.status is Status.INCOMPLETE


def test_planted_files_beyond_what_is_listed_are_counted(check, few):
    world = a_world(24, logs=1)
    for half in range(1, 13):
        world.log(at=START + half * HOUR / 2)
    report = check(world)
    assert causes(report) == ["unreferenced"] * 6
    assert report.logs[Verdict.UNREFERENCED] == 12
    assert report.status is Status.FAIL


def test_many_files_that_another_accounts_digests_name_are_not_planted(check, few):
    world = a_world(6)
    line = world.lines[0]
    line.hour(logs=[world.log(OTHER, at=line.now + number * HOUR / 20) for number in range(1, 19)])
    world.line(account=OTHER).run(7)
    assert check(world).status is Status.PASS


def test_more_planted_files_than_can_be_held_are_never_ok(check, few):
    world = a_world(24, logs=1)
    for half in range(1, 41):
        world.log(at=START + half * HOUR / 2)
    report = check(world)
    assert report.logs[Verdict.UNREFERENCED] == 20
    assert report.uncovered == 20
    assert report.status is Status.FAIL


def test_files_of_a_family_no_digest_names_do_not_hide_a_planted_log(check, few):
    world = a_world(24, logs=1)
    for quarter in range(1, 61):
        world.log(at=START + quarter * HOUR / 4, family=Family.NETWORK)
    assert check(world).status is Status.PASS
    world.log(at=START + HOUR / 2)
    report = check(world)
    assert causes(report) == ["unreferenced"]
    assert report.families[Family.NETWORK].as_json()["status"] == "not covered by digests"


def test_which_findings_are_listed_does_not_depend_on_the_order_of_answers(few):
    made = [finding("log-missing", Kind.LOG, key=f"{number:03d}") for number in range(40)]
    told = []
    for order in (made, made[::-1], made[1::2] + made[::2]):
        one = Docket(Cell(ACCOUNT, REGION, ()), 5)
        for found in order:
            one.tell(found)
        told.append(one.findings())
    assert told[0] == told[1] == told[2]
    assert [one.key for one in told[0]] == ["000", "001", "002", "003", "004", None]
