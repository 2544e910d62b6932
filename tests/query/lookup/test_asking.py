"""Many places side by side: each at its pace, each event once, nothing lost, failures alone."""

import threading
from itertools import pairwise

import pytest

from ops.errors import AwsError
from ops.query.lookup import Pages, Place, ask, asking
from ops.query.lookup.asking import INTERVAL, Pace
from tests.query.lookup.world import HERE, NOW, THERE, Hurry, World, entry, question


def ids(answer):
    return [one.id for one in answer.events]


def asked(world, *args, **more):
    return ask(question(*args), sorted({*world.events, *world.broken}), world.request,
               pace=Hurry, **more)  # fmt: skip


def test_all_places_are_asked_and_the_newest_event_comes_first():
    world = World({HERE: [entry(1, minutes=5), entry(2, minutes=1)], THERE: [entry(3, minutes=3)]})
    answer = asked(world)
    assert ids(answer) == ["id-2", "id-3", "id-1"]
    assert {one[0] for one in world.asked} == {HERE, THERE}
    assert [one.found for one in answer.places] == [2, 1]
    assert answer.truncated is False
    assert answer.failed == ()


def test_every_page_is_read():
    world = World({HERE: [entry(number, minutes=number) for number in range(120)]})
    assert ids(asked(world)) == [f"id-{number}" for number in range(120)]
    assert len(world.asked) == 3


def test_an_event_that_comes_twice_is_one_event():
    world = World({HERE: [entry(1, minutes=1), entry(1, minutes=1), entry(2, minutes=2)]})
    answer = asked(world)
    assert ids(answer) == ["id-1", "id-2"]
    assert answer.places[0].duplicates == 1


def test_one_attribute_goes_along_and_the_rest_is_left_out_here():
    world = World({HERE: [
        entry(1, minutes=1, Username="alice"),
        entry(2, minutes=2, Username="alice", name="StartLogging"),
        entry(3, minutes=3, Username="bob"),
    ]})  # fmt: skip
    answer = asked(world, {"Username": "alice", "EventName": "StopLogging"})
    assert ids(answer) == ["id-1"]
    assert [one[3] for one in world.asked] == [{"Username": "alice"}]


def test_a_limit_gives_the_newest_of_all_places_and_asks_no_further():
    world = World({
        HERE: [entry(f"a{number}", minutes=2 * number) for number in range(40)],
        THERE: [entry(f"b{number}", minutes=2 * number + 1) for number in range(40)],
    }, page=5)  # fmt: skip
    answer = asked(world, limit=4)
    assert ids(answer) == ["id-a0", "id-b0", "id-a1", "id-b1"]
    assert answer.truncated is True
    assert len(world.asked) == 2


@pytest.mark.parametrize(("limit", "truncated"), [(2, True), (3, False), (4, False)])
def test_a_limit_is_said_to_cut_only_if_it_does(limit, truncated):
    world = World({HERE: [entry(number, minutes=number) for number in range(3)]})
    assert asked(world, limit=limit).truncated is truncated


def test_a_place_that_fails_costs_only_itself():
    world = World({HERE: [entry(1)]}, broken={THERE})
    answer = asked(world)
    assert ids(answer) == ["id-1"]
    [failed] = answer.failed
    assert failed.place == THERE
    assert str(failed.failure) == "222222222222 us-east-1 was denied"


def test_a_place_that_fails_on_the_way_keeps_what_it_said():
    events = [entry(number, minutes=number) for number in range(60)]
    answer = asked(World({HERE: events}, stop_after=1))
    assert len(answer.events) == 50
    assert isinstance(answer.places[0].failure, AwsError)


def test_an_event_without_a_record_is_counted_and_left_out():
    answer = asked(World({HERE: [entry(1, CloudTrailEvent="{"), entry(2, minutes=1)]}))
    assert ids(answer) == ["id-2"]
    assert answer.places[0].unreadable == 1


def test_progress_is_told_to_its_end():
    told = []
    world = World({HERE: [entry(number, minutes=number) for number in range(60)], THERE: []})
    asked(world, tell=lambda one: told.append((one.ended, one.events, one.requests)))
    assert told[-1] == (2, 60, 3)


def test_ctrl_c_lets_each_place_end_its_request_and_begin_no_other():
    turns = threading.Semaphore(3)
    world = World({HERE: [entry(number, minutes=number) for number in range(500)]})

    class Three:
        def turn(self):
            assert turns.acquire(timeout=5)

    def interrupt(progress):
        if progress.requests == 3:
            turns.release(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(question(), [HERE], world.request, tell=interrupt, pace=Three)
    assert len(world.asked) in (3, 4)


def test_ctrl_c_leaves_a_request_that_is_not_answered_and_keeps_nothing_of_it(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(asking, "_PATIENCE", 0.1)
    under_way, answered = threading.Event(), threading.Event()

    def silent(*_):
        under_way.set()
        assert answered.wait(timeout=20)
        yield [entry(1)]

    def interrupt(_):
        if under_way.is_set():
            raise KeyboardInterrupt

    pages = Pages(tmp_path, question(), ())
    with pytest.raises(KeyboardInterrupt):
        ask(question(), [HERE], silent, tell=interrupt, pages=pages, pace=Hurry)
    assert not answered.is_set()
    before = sorted(tmp_path.iterdir())
    answered.set()
    for thread in threading.enumerate():
        if thread.name.startswith("lookup"):
            thread.join(timeout=20)
    assert sorted(tmp_path.iterdir()) == before


class Clock:
    """Time that goes on only while somebody waits, or works."""

    def __init__(self):
        self.now = 100.0
        self.waited = []

    def wait(self, seconds):
        self.waited.append(seconds)
        self.now += seconds


def test_a_place_is_asked_twice_a_second_at_most():
    clock = Clock()
    pace = Pace(lambda: clock.now, clock.wait)
    starts = []
    for busy in (0.0, 0.1, 0.7, 0.0):
        pace.turn()
        starts.append(clock.now)
        clock.now += busy
    assert clock.waited == pytest.approx([0.5, 0.4])
    assert all(later - earlier >= INTERVAL - 1e-9 for earlier, later in pairwise(starts))


def test_places_do_not_wait_for_one_another():
    places = [Place(f"{number:012}", "eu-west-1") for number in range(20)]
    together = threading.Barrier(20)

    def request(_place, _since, _until, _attribute):
        together.wait(timeout=10)  # breaks unless all twenty are here at once
        yield [entry(1, EventTime=NOW)]

    answer = ask(question(), places, request, pace=Hurry)
    assert answer.failed == ()
