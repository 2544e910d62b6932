import threading

import pytest

from ops.deploy.order import walk

NEEDS = {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": [], "e": []}


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_everything_is_begun_after_what_it_needs_and_gets_its_answers(workers):
    order = []

    def begin(name, given):
        order.append(name)
        assert sorted(given) == sorted(NEEDS[name])
        return name.upper()

    answers = walk(NEEDS, begin, workers=workers)
    assert answers == {name: name.upper() for name in NEEDS}
    assert all(order.index(one) < order.index(name) for name in NEEDS for one in NEEDS[name])


def test_one_worker_is_the_calling_thread():
    threads = walk({"a": []}, lambda *_: threading.current_thread())
    assert threads == {"a": threading.current_thread()}


def test_two_that_do_not_need_each_other_run_together():
    meeting = threading.Barrier(2, timeout=10)
    walk({"a": [], "b": []}, lambda *_: meeting.wait(), workers=2)


def test_needs_outside_are_left_out():
    assert walk({"a": ["elsewhere"]}, lambda _, given: dict(given)) == {"a": {}}


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_ends_the_walk(workers):
    def begin(name, _):
        raise RuntimeError(name)

    with pytest.raises(RuntimeError, match="a"):
        walk({"a": [], "b": ["a"]}, begin, workers=workers)
