"""Scenarios 11, 85, 97 and 98: runs that continue where others ended."""

import json
from datetime import timedelta

import pytest

from ops.errors import UsageError
from ops.integrity.checkpoint import State
from ops.integrity.finding import Status, Verdict
from ops.integrity.report import chain_json
from ops.integrity.request import Expected
from tests.integrity.conftest import causes, only
from tests.integrity.runs import KEY, a_world, more
from tests.integrity.world import HOUR, START, Stored, World, gz, trail_event

HMAC_NO_HEX = json.dumps(
    {
        "hmac": "\N{SNOWMAN}",
        "state": {
            "schema": "atalaya.state/1",
            "source": "",
            "runs": 1,
            "previous": "",
            "chains": [],
        },
    }
).encode()


def test_the_next_run_verifies_only_what_is_new_and_says_what_it_trusts(runs):
    world = a_world()
    first = runs(world)
    assert first.digests[Verdict.VALID] == 12
    second = runs(more(world))
    assert second.status is Status.PASS
    assert second.digests[Verdict.VALID] == 6
    assert second.logs[Verdict.VALID] == 12
    assert chain_json(second.chains[0])["trusted"] == {
        "from": "2026-01-05T00:13:20Z", "to": "2026-01-05T06:13:20Z", "digests": 6, "logs": 12,
    }  # fmt: skip
    assert chain_json(second.chains[0])["proven"] == [
        {"from": "2026-01-05T00:13:20Z", "to": "2026-01-05T09:13:20Z"}
    ]
    assert sum("taken on trust" in note for note in second.notes) == 2
    third = runs(more(world))
    trusted = third.chains[0].trusted
    assert trusted is not None
    assert (trusted.digests, trusted.logs) == (9, 18)


def test_the_root_hash_of_two_runs_is_that_of_one(runs, tmp_path):
    world = a_world()
    runs(world)
    more(world)
    apart = runs(world)
    whole = world.verify(tmp_path / "whole", since=None)
    assert [one.root for one in apart.chains] == [one.root for one in whole.chains]


def test_a_run_with_nothing_new_passes(runs):
    world = a_world()
    runs(world)
    again = runs(world)
    assert again.status is Status.PASS
    assert again.digests.get(Verdict.VALID, 0) == 0


def test_a_forged_log_after_the_checkpoint_is_found(runs):
    world = a_world()
    runs(world)
    more(world)
    key = world.log(at=START + 7 * HOUR)
    assert only(runs(world), "unreferenced").key == key


def test_s11_a_restart_with_nothing_older_although_a_checkpoint_knew_older_fails(runs):
    world = a_world()
    runs(world)
    line = world.lines[0]
    for hour in line.hours:
        del world.objects[hour.key]
    line.restart()
    report = runs(more(world))
    assert report.status is Status.FAIL
    assert only(report, "checkpoint-older").key == line.hours[5].key
    assert "restart" in causes(report)


def test_s06_a_chain_whose_folder_is_gone_fails(runs):
    world = a_world()
    runs(world)
    line = world.lines[1]
    for hour in line.hours:
        for key in (hour.key, *hour.logs):
            del world.objects[key]
    report = runs(world)
    assert only(report, "chain-missing").region == "eu-west-1"
    assert report.status is Status.FAIL


def test_s06_a_chain_all_of_whose_digests_are_gone_fails(runs):
    world = a_world()
    runs(world)
    for hour in world.lines[1].hours:
        del world.objects[hour.key]
    report = runs(more(world, 1))
    assert report.status is Status.FAIL
    assert only(report, "checkpoint-older").region == "eu-west-1"


def test_s85_a_backfill_digest_that_came_after_the_checkpoint_is_picked_up(runs):
    world = a_world()
    runs(world)
    line = world.lines[0]
    at = line.now
    line.now = START + 2 * HOUR
    late = line.hour(logs=1, backfill=START + 8 * HOUR)
    line.now = at
    more(world)
    report = runs(world)
    assert report.digests[Verdict.VALID] == 7
    assert report.logs[Verdict.VALID] == 13
    assert runs(world).digests.get(Verdict.VALID, 0) == 0
    world.objects[late.logs[0]].body = b""
    runs.file.unlink()
    assert only(runs(world), "log-damaged").key == late.logs[0]


@pytest.mark.parametrize("asked", [{}, {"since": START - HOUR}])
def test_a_backfill_digest_that_a_checkpoint_knew_is_missed(runs, asked):
    world = a_world()
    line = world.lines[0]
    at, line.now = line.now, START + 2 * HOUR
    late = line.hour(logs=1, backfill=START + 8 * HOUR)
    line.now = at
    runs(world)
    for key in (late.key, *late.logs):
        del world.objects[key]
    report = runs(more(world), **asked)
    assert only(report, "checkpoint-older").key == late.key
    assert report.status is Status.FAIL


def test_s97_a_state_that_was_changed_is_not_trusted(runs):
    world = a_world()
    runs(world)
    runs.file.write_bytes(runs.file.read_bytes().replace(b'"digests":6', b'"digests":9'))
    report = runs(world)
    assert report.digests[Verdict.VALID] == 12
    assert report.status is Status.PASS
    assert any("not trusted" in note for note in report.notes)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"hmac": 1, "state": {}}', b"\xff", HMAC_NO_HEX]
)
def test_s97_a_state_that_is_none_is_not_trusted(runs, content):
    world = a_world()
    runs.file.write_bytes(content)
    assert runs(world).digests[Verdict.VALID] == 12


def test_s97_without_the_key_or_with_another_one_everything_is_verified(runs):
    world = a_world()
    runs(world)
    assert runs(world, key=None, commit=False).digests[Verdict.VALID] == 12
    assert runs(world, key=b"another", commit=False).digests[Verdict.VALID] == 12
    assert runs(world).digests.get(Verdict.VALID, 0) == 0


def test_s97_an_older_authentic_state_only_verifies_more(runs):
    world = a_world()
    runs(world)
    old = runs.file.read_bytes()
    runs(more(world))
    runs.file.write_bytes(old)
    report = runs(more(world))
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 12


@pytest.mark.parametrize("asked", [{}, {"since": START - HOUR}])
def test_s98_a_head_that_was_rewritten_since_fails_from_any_time_on(runs, asked):
    world = a_world()
    runs(world)
    line = world.lines[0]
    line.now, line.previous = START + 5 * HOUR, line.hours[4]
    line.hour(logs=0)
    report = runs(more(world), **asked)
    assert only(report, "rewritten").key == line.hours[5].key
    assert report.status is Status.FAIL


def test_a_checkpoint_does_not_move_past_what_is_wrong(runs):
    world = a_world()
    key = world.lines[0].hours[3].logs[0]
    world.objects[key].body = b"forged"
    assert runs(world).status is Status.FAIL
    more(world)
    again = runs(world)
    assert only(again, "log-damaged").key == key
    assert again.chains[0].trusted is not None  # eu-west-1 was clean
    assert again.chains[1].trusted is None


def test_a_question_about_older_times_than_the_checkpoint_is_verified_whole(runs):
    world = a_world()
    runs(world, since=START + 3 * HOUR)
    report = runs(more(world), since=START)
    assert report.digests[Verdict.VALID] == 18


def test_what_lies_before_an_asked_time_is_not_taken_on_trust_by_a_run_without_one(runs):
    world = a_world(60)
    key = world.lines[0].hours[3].logs[0]
    world.objects[key].body = b"forged"
    assert runs(world, since=START + 50 * HOUR).status is Status.PASS
    report = runs(more(world))
    assert only(report, "log-damaged").key == key
    assert report.status is Status.FAIL


def test_a_run_about_earlier_times_does_not_take_a_checkpoint_back(runs):
    world = a_world()
    runs(world)
    assert runs(world, until=START + 2 * HOUR).digests[Verdict.VALID] == 4
    line = world.lines[0]
    for hour in line.hours[3:]:
        del world.objects[hour.key]
    assert only(runs(world), "checkpoint-older").key == line.hours[5].key


@pytest.mark.parametrize("asked", [{"since": START - HOUR}, {"until": START + 3 * HOUR}])
def test_a_run_that_cannot_continue_a_checkpoint_still_misses_what_it_knew(runs, asked):
    world = a_world()
    runs(world)
    gone = world.lines[1]
    for hour in gone.hours:
        del world.objects[hour.key]
    found = only(runs(world, **asked), "checkpoint-older")
    assert (found.region, found.start) == ("eu-west-1", START)
    for hour in gone.hours:
        for log in hour.logs:
            del world.objects[log]
    report = runs(world, **asked)
    assert only(report, "chain-missing").region == "eu-west-1"
    assert report.status is Status.FAIL


def test_s11_a_chain_that_begins_later_than_a_checkpoint_knew_fails_at_any_question(runs):
    world = a_world()
    runs(world)
    for hour in world.lines[0].hours[:3]:
        for key in (hour.key, *hour.logs):
            del world.objects[key]
    report = runs(world, until=START + 5 * HOUR)
    found = only(report, "checkpoint-older")
    assert (found.start, found.end) == (START, START + 3 * HOUR)
    assert report.status is Status.FAIL
    asked = causes(runs(world, since=START - HOUR))
    assert "digest-missing" in asked
    assert "checkpoint-older" not in asked  # that would be the same once more


def test_what_expired_by_the_config_s_rule_is_not_missed_because_a_checkpoint_knew_it(runs):
    world = a_world(60)
    runs(world)
    for line in world.lines:
        for hour in line.hours[:3]:
            for key in (hour.key, *hour.logs):
                del world.objects[key]
    asked = {"until": START + 59 * HOUR, "now": START + 40 * 24 * HOUR}
    kept = Expected(expire_days=38)
    assert "checkpoint-older" not in causes(runs(world, expected=kept, **asked))
    assert "checkpoint-older" in causes(runs(world, expected=Expected(expire_days=60), **asked))


def test_a_planted_log_that_was_not_judged_before_a_checkpoint_is_judged_after_it(runs):
    """Within minutes of a fresh head nobody can tell yet; the next run can, and must."""
    world = a_world(23)  # its head ends at 23:13:20
    world.lines[0].hour(length=timedelta(minutes=48))  # and now one minute after midnight
    end = world.end
    key = world.log(at=end - timedelta(minutes=3))
    first = runs(world, until=end + HOUR / 2, now=end + HOUR / 2)
    assert first.logs[Verdict.PENDING] == 1
    assert first.status is Status.PASS
    report = runs(more(world))
    assert only(report, "unreferenced").key == key
    assert report.status is Status.FAIL


@pytest.mark.parametrize("minutes", [3, 10, 50, 56, 58])
def test_with_two_trails_nothing_is_passed_over_and_nothing_is_called_planted(runs, minutes):
    world = World()
    world.line().run(6)
    second = world.line(trail="second", start=START + timedelta(minutes=minutes)).run(6)
    end = world.end
    key = world.log(at=world.lines[0].now - timedelta(minutes=2))
    first = runs(world, until=end + HOUR / 2, now=end + HOUR / 2)
    assert (first.status, first.logs[Verdict.PENDING]) == (Status.PASS, 1)
    again = runs(world, until=end + HOUR / 2, now=end + HOUR / 2)
    assert (again.status, again.logs[Verdict.PENDING]) == (Status.PASS, 1)
    world.lines[0].run(3)
    second.run(3)
    report = runs(world)
    assert [one.key for one in report.findings] == [key]
    assert report.status is Status.FAIL


def test_logs_that_a_checkpoints_head_names_are_not_called_planted(runs):
    world = a_world()
    line = world.lines[0]
    late = [world.log(at=line.now + HOUR - timedelta(minutes=one)) for one in (4, 2, 1)]
    line.hour(logs=late)
    end = world.end
    assert runs(world, until=end + HOUR / 2, now=end + HOUR / 2).status is Status.PASS
    again = runs(world, until=end + HOUR / 2, now=end + HOUR / 2)
    assert (again.status, again.logs[Verdict.PENDING]) == (Status.PASS, 0)
    world.objects[line.hours[-1].key].body = b"damaged"
    told = causes(runs(more(world)))
    assert "unreferenced" not in told
    assert "digest-damaged" in told


@pytest.mark.parametrize("with_one_before", [True, False])
def test_a_checkpoint_does_not_move_past_a_digest_that_may_still_come(runs, with_one_before):
    world = a_world()
    if with_one_before:
        runs(world)
    gone = world.lines[0].hour()
    del world.objects[gone.key]
    more(world, 1)
    now = world.lines[0].now + timedelta(minutes=10)
    first = runs(world, until=now, now=now)
    assert first.status is Status.PASS
    assert first.digests[Verdict.PENDING]
    found = only(runs(more(world)), "digest-missing")
    assert found.key == gone.key
    planted = world.log(at=gone.start + HOUR / 2)
    world.objects[gone.key] = Stored(gz(gone.body), {"signature": gone.signature})
    assert only(runs(world), "unreferenced").key == planted


def test_what_an_earlier_checkpoint_knew_is_not_forgotten_by_runs_about_later_times(runs):
    world = World()
    line = world.line().run(6)
    line.restart()
    line.hour(logs=[world.log(at=line.now + HOUR / 3,
              records=[trail_event("StartLogging", line.now)])])  # fmt: skip
    line.run(53)
    assert runs(world, until=START + 20 * HOUR).status is Status.PASS
    assert runs(world, since=START + 30 * HOUR).status is Status.PASS
    for hour in line.hours[:6]:
        for key in (hour.key, *hour.logs):
            del world.objects[key]
    report = runs(world)
    found = only(report, "checkpoint-older")
    assert (found.start, found.end) == (START, START + 6 * HOUR)
    assert report.status is Status.FAIL


def test_a_state_of_another_source_is_refused(runs, tmp_path):
    runs(a_world())
    with pytest.raises(UsageError, match="is the state of"):
        State(runs.file, KEY, "s3://another")
