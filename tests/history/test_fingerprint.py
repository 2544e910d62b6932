"""An event's fingerprint is its own, whatever stands beside it."""

import uuid

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ops.history.fingerprint import fingerprints

UUIDS = st.uuids().map(str)
NEARLY = UUIDS.map(
    lambda one: one.replace("-", "", 1) + "-"  # the dashes are elsewhere
) | UUIDS.map(lambda one: one.upper()) | UUIDS.map(lambda one: one[:-1]) | UUIDS.map(
    lambda one: one + "0"
) | UUIDS.map(lambda one: one[:-1] + "g")  # fmt: skip
ANY = UUIDS | NEARLY | st.text(max_size=40) | st.none()
PLACE = ("some/key", 3)
SHORT, LONG = "0" * 7 + "-" + str(uuid.UUID(int=1))[9:], "0" * 9 + str(uuid.UUID(int=1))[8:]


def alone(one):
    return fingerprints([one], [PLACE])[0]


@settings(deadline=None)
@given(st.lists(ANY, max_size=8))
@example([SHORT, str(uuid.UUID(int=5)), LONG])
@example(["12345678-1234-1234-1234-1234567890ab"[:13] + "1234-1234-1234-1234567890ab-"[:23]] * 2)
def test_ids_have_the_same_fingerprints_together_and_alone(ids):
    assert fingerprints(ids, [PLACE] * len(ids)) == [alone(one) for one in ids]


def test_events_without_an_id_are_told_apart_by_their_places():
    places = [("a", 1), ("a", 2), ("b", 1), ("a", 1)]
    first, second, third, again = fingerprints([None] * 4, places)
    assert len({first, second, third}) == 3
    assert first == again


def test_different_ids_hardly_ever_meet():
    ids = [str(uuid.UUID(int=number << 70)) for number in range(1000)]
    names = [f"name-{number}" for number in range(1000)]
    assert len(set(fingerprints(ids + names, [PLACE] * 2000))) == 2000
