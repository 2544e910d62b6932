"""What a report notes of its chains: few by name, many in one line."""

from ops.integrity.report import Report
from tests.integrity.runs import Runs
from tests.integrity.world import START, World, stamp

REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "ap-south-1")


def a_world(chains: int) -> World:
    world = World()
    for region in REGIONS[:chains]:
        world.line(region=region).run(4)
    return world


def told(report: Report, words: str) -> list[str]:
    return [note for note in report.notes if words in note]


def test_a_few_chains_are_named_with_the_digest_each_begins_with(tmp_path):
    notes = told(a_world(3).verify(tmp_path, since=None), "verified from")
    assert [note.split()[1] for note in notes] == sorted(REGIONS[:3])
    assert all(note.endswith(stamp(START)) for note in notes)


def test_many_chains_are_told_in_one_line_from_the_first_to_the_last_beginning(tmp_path):
    world = a_world(4)
    for hour in world.lines[3].hours[:1]:
        del world.objects[hour.key]
    (note,) = told(world.verify(tmp_path, since=None), "verified from")
    later = stamp(world.lines[3].hours[1].start)
    assert note == f"4 chains: each verified from its first digest, of {stamp(START)} to {later}"


def test_what_many_chains_take_on_trust_is_summed(tmp_path):
    runs = Runs(tmp_path)
    world = a_world(4)
    runs(world)
    for line in world.lines:
        line.run(1)
    (note,) = told(runs(world), "taken on trust")
    assert note.startswith("4 chains: 16 digests and 32 log files up to ")
