"""What is kept can be collected, and taken up again after any interruption."""

import json
import os
from datetime import timedelta

import pytest

from ops.errors import QueryError, UsageError
from ops.query.lookup import Pages, ask
from ops.query.lookup.pages import LOCK, STATE, held
from tests.query.lookup.world import HERE, THERE, Hurry, World, entry, question

ASKED = ("--attribute EventName=StopLogging",)
TIED = [entry(number, minutes=number // 7) for number in range(300)]
"""Seven events in each minute: pages end within a minute."""


def opened(directory, asked=ASKED, **more):
    return Pages(directory, question(**more), asked)


def run(directory, world, **more):
    pages = opened(directory)
    places = sorted(world.events)
    return pages, ask(pages.question, places, world.request, pages=pages, pace=Hurry, **more)


def kept(directory):
    files = sorted(directory.glob("[0-9]*.json"))
    return [one for file in files for one in json.loads(file.read_bytes())["Events"]]


def test_pages_have_the_form_of_lookup_events_with_each_event_once(tmp_path):
    _, answer = run(tmp_path, World({HERE: TIED[:120], THERE: [entry("x")]}))
    found = kept(tmp_path)
    assert {one["EventId"] for one in found} == {f"id-{n}" for n in range(120)} | {"id-x"}
    assert len(found) == 121
    record = json.loads(found[0]["CloudTrailEvent"])
    assert record["eventID"] == found[0]["EventId"]
    assert found[0]["EventTime"] == record["eventTime"]
    assert sorted(file.name for file in tmp_path.glob("[0-9]*"))[0] == (
        "111111111111_eu-west-1_00001.json"
    )
    # What lies on disk is not held in memory as well.
    assert answer.events == ()
    assert [one.found for one in answer.places] == [120, 1]


@pytest.mark.parametrize("stopped", [1, 2, 3, 4, 5])
def test_an_interrupted_lookup_goes_on_and_ends_like_an_undisturbed_one(tmp_path, stopped):
    world = {HERE: TIED, THERE: []}
    first = World(world, stop_after=stopped)
    run(tmp_path, first)
    second = World(world)
    pages, answer = run(tmp_path, second)
    assert pages.resumed
    assert answer.failed == ()
    found = [one["EventId"] for one in kept(tmp_path)]
    assert sorted(found) == sorted(f"id-{number}" for number in range(300))
    assert pages.held(*_of(HERE)) == 300
    # It went on instead of beginning again; a page may come twice, and THERE is asked too.
    assert len(second.asked) <= 6 - stopped + 3


def _of(place):
    return place.account, place.region


def test_a_page_that_was_written_but_not_noted_is_not_written_over_or_counted_twice(tmp_path):
    run(tmp_path, World({HERE: TIED}, stop_after=2))
    state = json.loads((tmp_path / STATE).read_bytes())
    # As if the machine had died between the second page and its note.
    earlier = json.loads((tmp_path / "111111111111_eu-west-1_00001.json").read_bytes())["Events"]
    state["places"]["111111111111_eu-west-1"]["reached"] = earlier[-1]["EventTime"]
    (tmp_path / STATE).write_text(json.dumps(state))
    run(tmp_path, World({HERE: TIED}))
    found = [one["EventId"] for one in kept(tmp_path)]
    assert sorted(found) == sorted(f"id-{number}" for number in range(300))


def test_a_lookup_that_is_complete_asks_nothing_again(tmp_path):
    run(tmp_path, World({HERE: TIED}))
    again = World({HERE: TIED})
    _, answer = run(tmp_path, again)
    assert again.asked == []
    assert answer.failed == ()


def test_a_place_more_is_asked_for_the_same_time(tmp_path):
    run(tmp_path, World({HERE: TIED}))
    again = World({HERE: TIED, THERE: [entry("x")]})
    pages, _ = run(tmp_path, again)
    assert {one[0] for one in again.asked} == {THERE}
    assert pages.held(*_of(THERE)) == 1


def test_the_time_of_the_first_run_is_kept(tmp_path):
    first = opened(tmp_path, since=timedelta(days=7))
    later = opened(tmp_path, since=timedelta(days=6))
    assert later.question == first.question


def test_another_question_is_refused_with_the_one_that_lies_there(tmp_path):
    opened(tmp_path)
    with pytest.raises(UsageError, match="another question: --attribute EventName=StopLogging"):
        opened(tmp_path, asked=("--since 7d",))


def test_a_directory_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        opened(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("content", ["{", "[]", '{"format": "atalaya.lookup", "version": 2}'])
def test_a_state_that_is_damaged_or_of_another_version_is_refused(tmp_path, content):
    (tmp_path / STATE).write_text(content)
    with pytest.raises(UsageError, match=r"\.lookup "):
        opened(tmp_path)


def test_a_directory_that_cannot_be_made_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(QueryError, match=r"cannot be used: Not a directory"):
        opened(tmp_path / "file" / "below")


def test_what_cannot_be_written_leaves_the_place_incomplete_and_no_half_page(tmp_path):
    pages = opened(tmp_path)
    obstacle = tmp_path / f".111111111111_eu-west-1_00001.json.{os.getpid()}.new"
    obstacle.mkdir()
    answer = ask(pages.question, [HERE], World({HERE: TIED}).request, pages=pages, pace=Hurry)
    [failed] = answer.failed
    assert "cannot be used" in str(failed.failure)
    assert kept(tmp_path) == []
    obstacle.rmdir()
    run(tmp_path, World({HERE: TIED}))
    assert len(kept(tmp_path)) == 300


def test_two_lookups_at_once_do_not_write_over_each_others_pages(tmp_path):
    busy = pytest.raises(QueryError, match=f"Another lookup writes to .*process {os.getpid()}")
    with held(tmp_path, question(), ASKED), busy, held(tmp_path, question(), ASKED):
        raise AssertionError
    with held(tmp_path, question(), ASKED) as pages:
        assert pages.resumed


def test_what_a_killed_run_left_half_written_is_taken_away_before_anybody_collects_it(tmp_path):
    halves = (f".{STATE}.7.new", ".111111111111_eu-west-1_00001.json.7.new")
    for name in halves:
        (tmp_path / name).write_text('{"Events": [{"Ev')
    with held(tmp_path, question(), ASKED) as pages:
        assert not pages.resumed
    assert sorted(one.name for one in tmp_path.iterdir()) == [STATE, LOCK]


def test_no_lock_is_put_beside_what_is_not_a_lookup(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"), held(tmp_path, question(), ASKED):
        raise AssertionError
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]
