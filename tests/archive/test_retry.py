"""When to try again, and how many at once."""

import asyncio

import pytest

from ops.archive.gate import Budget, Gate
from ops.archive.model import Patience, Unreachable
from ops.archive.retry import Tries
from ops.archive.store import whole


def broken(cause="broken"):
    return Unreachable("it broke", cause=cause)


def test_waits_double_up_to_the_longest_with_jitter_below():
    tries = Tries(Patience(attempts=7, first_wait=1.0, longest_wait=10.0))
    waits = [tries.wait(broken()) for _ in range(7)]
    assert waits[-1] is None
    for wait, most in zip(waits[:-1], [1, 2, 4, 8, 10, 10], strict=True):
        assert most / 2 <= wait <= most


def test_timeouts_are_repeated_less_often():
    tries = Tries(Patience(attempts=8, stalls=2))
    assert tries.wait(broken("stalled"))
    assert tries.wait(broken("stalled")) is None
    assert "attempt 2, the last" in str(tries.verdict(broken("stalled")))


def test_what_is_final_is_reported_as_it_is():
    tries, fault = Tries(Patience()), broken("final")
    assert tries.wait(fault) is None
    assert tries.verdict(fault) is fault


def test_a_gate_halves_once_for_a_burst_and_grows_by_one_a_round():
    async def scene():
        gate = Gate(16)
        eras = [await gate.enter() for _ in range(16)]
        for era in eras:
            gate.leave(era, throttled=True)
        assert gate.limit == 8
        gate.leave(await gate.enter(), throttled=True)
        assert gate.limit == 4
        for limit, more in ((4, 4), (5, 5), (6, 6)):
            assert gate.limit == limit
            for _ in range(more):
                gate.leave(await gate.enter(), throttled=False)
        assert gate.limit == 7

    asyncio.run(scene())


def test_a_gate_never_closes_and_never_opens_wider_than_allowed():
    async def scene():
        gate = Gate(2)
        for _ in range(5):
            gate.leave(await gate.enter(), throttled=True)
        assert gate.limit == 1
        for _ in range(50):
            gate.leave(await gate.enter(), throttled=False)
        assert gate.limit == 2

    asyncio.run(scene())


def test_a_gate_holds_back_and_lets_in_as_others_leave():
    async def scene():
        gate, most, now = Gate(3), 0, 0

        async def visit():
            nonlocal most, now
            era = await gate.enter()
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.001)
            now -= 1
            gate.leave(era, throttled=False)

        await asyncio.gather(*(visit() for _ in range(30)))
        assert most == 3

    asyncio.run(scene())


def test_a_budget_is_shared_and_one_body_larger_than_it_passes_alone():
    async def scene():
        budget, held, most = Budget(10), 0, 0

        async def read(size):
            nonlocal held, most
            share = await budget.take(size)
            held += share
            most = max(most, held)
            await asyncio.sleep(0.001)
            held -= share
            budget.give(share)

        await asyncio.gather(*(read(size) for size in (4, 4, 4, 25, 1, 9, 10, 3)))
        assert most == 10

    asyncio.run(scene())


def test_a_reader_that_gives_up_blocks_no_other():
    async def scene():
        budget = Budget(10)
        first = await budget.take(10)
        quitter = asyncio.create_task(budget.take(10))
        patient = asyncio.create_task(budget.take(10))
        await asyncio.sleep(0)
        quitter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await quitter
        budget.give(first)
        assert await asyncio.wait_for(patient, 1) == 10

    asyncio.run(scene())


def test_a_body_of_another_length_than_announced_did_not_come():
    assert whole("k", 4, b"body", {}).body == b"body"
    for body in (b"bod", b"body2"):
        with pytest.raises(Unreachable, match="of 4 bytes") as caught:
            whole("k", 4, body, {})
        assert caught.value.cause == "broken"
