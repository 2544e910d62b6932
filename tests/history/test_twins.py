"""Events that come again, and events that contradict each other under one id."""

from tests.history.stores import a_key, an_event, check_shape, meta, numbers, rows, run


def test_an_event_delivered_twice_is_stored_once(archive, store):
    archive.log(a_key(1), an_event(0), an_event(1), an_event(0))
    archive.log(a_key(2), an_event(1))
    outcome = run(archive, store)
    assert numbers(outcome) == (2, 2, 0, 0)
    assert {row["source_key"] for row in rows(store)} == {a_key(1)}
    archive.log(a_key(3), an_event(0), an_event(2))
    assert numbers(run(archive, store)) == (1, 1, 0, 0)
    counted = {
        row["key"]: (row["records"], row["stored"], row["duplicates"])
        for row in meta(store, "manifest")
    }
    assert counted == {a_key(1): (3, 2, 1), a_key(2): (1, 0, 1), a_key(3): (2, 1, 1)}


def test_different_events_of_one_id_are_both_stored_and_told_as_a_conflict(archive, store):
    true, planted = an_event(0), an_event(0, sourceIPAddress="203.0.113.9")
    elsewhere = an_event(0, eventTime="2025-12-31T00:00:00Z")
    archive.log(a_key(1), true, an_event(1))
    assert numbers(run(archive, store)) == (2, 0, 0, 0)
    archive.log(a_key(2), planted, planted)
    assert numbers(run(archive, store)) == (1, 1, 1, 0)
    told = meta(store, "conflicts")
    assert {(one["source_key"], one["source_index"]) for one in told} == {
        (a_key(1), 0),
        (a_key(2), 0),
    }
    archive.log(a_key(3), elsewhere, true)
    assert numbers(run(archive, store)) == (1, 1, 1, 0)
    told = [
        (one["event_id"], one["source_key"], one["source_index"], one["day"])
        for one in meta(store, "conflicts")
    ]
    assert sorted(told) == [
        (true["eventID"], a_key(1), 0, "2026-01-05"),
        (true["eventID"], a_key(2), 0, "2026-01-05"),
        (true["eventID"], a_key(3), 0, "2025-12-31"),
    ]


def test_conflicts_within_one_run_are_told_with_every_row(archive, store):
    changed = [an_event(0, userAgent=str(n)) for n in range(3)]
    archive.log(a_key(1), changed[0])
    archive.log(a_key(2), changed[1], changed[2], changed[1])
    assert numbers(run(archive, store)) == (3, 1, 2, 0)
    told = {(one["source_key"], one["source_index"]) for one in meta(store, "conflicts")}
    assert told == {(a_key(1), 0), (a_key(2), 0), (a_key(2), 1)}


def test_events_without_an_id_are_known_by_their_place(archive, store):
    nameless = an_event(0, eventID=None)
    archive.log(a_key(1), nameless, nameless)
    archive.log(a_key(2), nameless)
    assert numbers(run(archive, store)) == (3, 0, 0, 0)
    archive.log(a_key(1), nameless, an_event(5, eventID=None), an_event(6))
    outcome = run(archive, store)
    assert numbers(outcome) == (2, 1, 0, 0), "the changed second one is stored, and is no conflict"
    assert meta(store, "conflicts") == []


def test_an_empty_id_names_no_event(archive, store):
    archive.log(a_key(1), an_event(0, eventID=""), an_event(1, eventID=""))
    archive.log(a_key(2), an_event(2, eventID=""))
    assert numbers(run(archive, store)) == (3, 0, 0, 0)
    assert not meta(store, "conflicts")


def test_ids_that_are_no_uuids_are_told_apart_like_all_others(archive, store):
    ids = ["1", "x" * 36, "0000000000-0-4000-8000-000000000000", "é"]
    events = [an_event(n, eventID=one) for n, one in enumerate(ids)]
    archive.log(a_key(1), *events)
    archive.log(a_key(2), *events, an_event(99))
    assert numbers(run(archive, store)) == (5, 4, 0, 0)


def test_lost_fingerprints_are_made_again_from_the_events(archive, store):
    archive.log(a_key(1), an_event(0), an_event(1, eventID=None))
    run(archive, store)
    for path in store.rglob("*.ids"):
        path.unlink()
    archive.log(a_key(2), an_event(0), an_event(2))
    assert numbers(run(archive, store)) == (1, 1, 0, 0)
    check_shape(store)
