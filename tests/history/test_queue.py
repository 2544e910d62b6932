"""What lanes bring in any order is published in the order of the plan, and never in part."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ops.history.plan import Planned
from ops.history.publish import Batch
from ops.history.queue import Queue
from ops.history.reader import Haul, Read
from ops.history.stage import Piece


def a_haul(*keys):
    piece = Piece(("unknown",), 1, "-".join(keys), 0, 1, 1, keys, placed=True)
    return Haul([Read(key) for key in keys], [piece])


def expecting(keys):
    queue = Queue()
    for key in keys:
        queue.expect(Planned(key, 1, None, None))
    return queue


def keys_of(batch):
    return [done.read.key for done in batch.objects]


def test_objects_wait_for_those_before_them():
    queue, batch = expecting("abcd"), Batch()
    queue.arrived(a_haul("c", "d"))
    assert queue.advance(batch)
    assert keys_of(batch) == []
    queue.arrived(a_haul("a"))
    assert queue.advance(batch)
    assert keys_of(batch) == ["a"]
    queue.arrived(a_haul("b"))
    assert queue.advance(batch)
    assert keys_of(batch) == ["a", "b", "c", "d"]
    assert queue.empty


def test_a_batch_may_not_end_within_a_haul():
    queue, batch = expecting("abcd"), Batch()
    queue.arrived(a_haul("a", "b", "d"))
    assert not queue.advance(batch)
    assert keys_of(batch) == ["a", "b"]
    assert batch.pieces == []
    queue.arrived(a_haul("c"))
    assert queue.advance(batch)
    assert keys_of(batch) == list("abcd")
    assert len(batch.pieces) == 2


@settings(deadline=None)
@given(st.permutations(range(12)), st.lists(st.integers(1, 4), min_size=12, max_size=12), st.data())
def test_any_order_of_arrival_gives_the_plan_in_order_with_all_its_rows(order, sizes, data):
    keys = [f"{number:03d}" for number in range(sum(sizes))]
    shuffled = data.draw(st.permutations(keys))
    hauls = []
    for size in sizes:
        hauls.append(a_haul(*sorted(shuffled[:size])))
        shuffled = shuffled[size:]
    queue, published = expecting(keys), []
    batch = Batch()
    for number in order:
        queue.arrived(hauls[number])
        if queue.advance(batch):
            here = {key for piece in batch.pieces for key in piece.keys}
            assert here == set(keys_of(batch))
            published += keys_of(batch)
            batch = Batch()
    assert published == keys
    assert queue.empty
