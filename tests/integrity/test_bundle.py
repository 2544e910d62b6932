"""Scenario 104: an evidence bundle verifies offline, and shows when it was altered."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ops.archive.opening import open_source
from ops.errors import OpsError, UsageError
from ops.integrity.bundle import Writer
from ops.integrity.checkpoint import State
from ops.integrity.finding import Status, Verdict
from ops.integrity.keys import KeyRing
from ops.integrity.offline import Record
from ops.integrity.report import Report
from ops.integrity.request import Expectation, Expected, Request, fixed_keys
from ops.integrity.verify import Context, verify
from tests.integrity.conftest import causes, only
from tests.integrity.world import ACCOUNT, HOUR, START, TRAIL, World, gz, stopped


def bundled(
    world: World, path: Path, *, expected: Expected | None = None, state: State | None = None,
    **asked,
) -> Report:  # fmt: skip
    """Verify a world and keep the evidence."""
    copy = world.write(path.with_suffix(".copy"))
    writer = Writer(path)
    question = {"now": world.end + HOUR, "since": world.start, "until": world.end, "workers": 1}
    request = Request(**{**question, **asked})
    report = verify(
        open_source(str(copy)), request, keys=fixed_keys(world.ring()),
        context=Context(evidence=writer, expected=expected, state=state),
    )  # fmt: skip
    writer.finish(report, world.ring(), request)
    return report


def offline(
    path: Path, *, ring: KeyRing | None = None, expected: Expected | None = None, **asked
) -> Report:
    archive = open_source(str(path))
    record = Record(archive)
    used = ring or record.ring()
    request = record.request(Request(now=START + 9000 * HOUR, workers=1, **asked))
    context = record.context(Context(expected=expected), used)
    return verify(archive, request, keys=fixed_keys(used), context=context)


def same(one: Report, other: Report) -> bool:
    """Whether two reports say the same of the archive."""
    kept = ("requested", "summary", "families", "chains", "findings")
    first, second = one.as_json(), other.as_json()
    return all(first[name] == second[name] for name in kept)


def a_world(hours: int = 6) -> World:
    world = World()
    world.line().run(hours)
    world.line(region="eu-west-1").run(hours)
    return world


def test_a_bundle_of_an_intact_archive_passes_offline(tmp_path):
    path = tmp_path / "evidence.zip"
    report = bundled(a_world(), path)
    again = offline(path)
    assert again.status is Status.PASS
    assert again.logs[Verdict.VALID] == 24
    assert same(report, again)
    assert not list(tmp_path.glob(".*"))


def test_a_bundle_says_that_its_keys_are_its_own(tmp_path):
    path = tmp_path / "evidence.zip"
    world = a_world()
    bundled(world, path)
    inside = offline(path)
    assert any("KEYS COME FROM THE BUNDLE" in note for note in inside.notes)
    for key in world.ring().keys:
        assert any(key.sha256 in note for note in inside.notes)
    given = offline(path, ring=world.ring())
    assert given.status is Status.PASS
    assert not any("KEYS COME FROM THE BUNDLE" in note for note in given.notes)


@pytest.mark.parametrize("kind", ["digest gone", "log changed", "log planted", "log gone", "head"])
def test_a_bundle_of_a_tampered_archive_fails_offline_for_the_same_reasons(tmp_path, kind):
    world = a_world()
    end = world.end
    hour = world.lines[0].hours[3]
    if kind == "digest gone":
        del world.objects[hour.key]
    elif kind == "log changed":
        world.objects[hour.logs[0]].body = gz(b"forged")
    elif kind == "log planted":
        world.log(at=START + HOUR)
    elif kind == "log gone":
        del world.objects[hour.logs[1]]
    else:
        del world.objects[world.lines[0].hours[-1].key]
    path = tmp_path / "evidence.zip"
    report = bundled(world, path, until=end, now=end + 3 * HOUR)
    again = offline(path)
    assert report.status is again.status is Status.FAIL
    assert causes(report) == causes(again)
    assert same(report, again)


def test_a_chain_that_the_config_missed_is_missed_offline_with_and_without_it(tmp_path):
    regions = ("us-east-1", "eu-west-1", "eu-north-1")
    expected = Expected(frozenset(Expectation(ACCOUNT, region, TRAIL) for region in regions))
    path = tmp_path / "evidence.zip"
    report = bundled(a_world(), path, expected=expected)
    for again in (offline(path), offline(path, expected=expected)):
        assert causes(report) == causes(again) == ["chain-missing"]
        assert again.status is Status.FAIL


def test_evidence_is_compared_with_a_checkpoint_although_it_takes_nothing_over(tmp_path):
    world = a_world()
    copy = tmp_path / "evidence.copy"
    archive = open_source(str(world.write(copy)))
    state = State(tmp_path / "state", b"k" * 32, "here")
    first = Request(now=world.end + HOUR, until=world.end, workers=1)
    keys = fixed_keys(world.ring())
    state.commit(verify(archive, first, keys=keys, context=Context(state=state)))
    state.close()
    line = world.lines[0]
    line.now, line.previous = START + 5 * HOUR, line.hours[4]
    line.hour(logs=0)
    line.run(3)
    world.lines[1].run(3)
    state = State(tmp_path / "state", b"k" * 32, "here")
    report = bundled(world, tmp_path / "evidence.zip", state=state)
    state.close()
    again = offline(tmp_path / "evidence.zip")
    for one in (report, again):
        assert only(one, "rewritten").key == line.hours[5].key
        assert one.digests[Verdict.VALID] == 18  # nothing was taken on trust


@pytest.mark.parametrize("until", [True, None])
@pytest.mark.parametrize("which", ["one in the middle", "a head", "a whole chain"])
def test_what_could_not_be_read_is_not_called_missing_offline(tmp_path, which, until):
    world = a_world()
    hours = {"one in the middle": slice(2, 3), "a head": slice(5, 6), "a whole chain": slice(6)}
    far = World()
    for hour in world.lines[1].hours[hours[which]]:
        far.objects[hour.key] = world.objects.pop(hour.key)
        for log in hour.logs:
            world.objects.pop(log)
    copy = world.write(tmp_path / "evidence.copy")
    for key in far.objects:  # as large as no digest is, without taking any room
        path = copy / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(100 << 20)
    report = bundled(world, tmp_path / "evidence.zip", until=until and world.end)
    assert report.status is Status.INCOMPLETE
    again = offline(tmp_path / "evidence.zip")
    assert causes(again) == causes(report)
    assert "digest-too-large" in causes(again)
    assert same(report, again)


def test_a_bundle_keeps_the_events_that_explain_a_gap(tmp_path):
    path = tmp_path / "evidence.zip"
    report = bundled(stopped(World()), path)
    again = offline(path)
    assert causes(report) == causes(again) == ["gap-explained"]


def test_a_bundle_of_a_copy_remembers_that_its_end_was_not_proven(tmp_path):
    path = tmp_path / "evidence.zip"
    world = a_world()
    report = bundled(world, path, until=None)
    assert same(report, offline(path))


def altered(path: Path, to: Path, name: str, change) -> Path:
    """Copy a bundle, changing one member; None leaves it out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member.endswith(name):
                content = change(content)
            if content is not None:
                new.writestr(member, content)
    return to


def members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as file:
        return file.namelist()


def test_s104_any_altered_file_of_a_bundle_fails(tmp_path):
    path = tmp_path / "evidence.zip"
    bundled(a_world(2), path)
    for number, name in enumerate(members(path)):
        if name.endswith("manifest.json"):
            continue
        for change in (lambda content: content + b" ", lambda content: None):
            to = tmp_path / f"altered{number}.zip"
            try:
                report = offline(altered(path, to, name, change))
            except OpsError:
                continue
            assert report.status is Status.FAIL, name
            assert "bundle-altered" in causes(report)
            to.unlink()


def test_s104_a_file_put_into_a_bundle_fails(tmp_path):
    path = tmp_path / "evidence.zip"
    bundled(a_world(2), path)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("more.txt", b"hello")
    assert "more.txt" in only(offline(path), "bundle-altered").reason


def test_s104_a_log_hash_changed_together_with_every_list_still_fails(tmp_path):
    """Whoever rewrites the whole bundle can lie about logs only where the digests agree."""
    import hashlib

    path = tmp_path / "evidence.zip"
    bundled(a_world(2), path)
    forged = tmp_path / "forged.zip"

    def forge(content: bytes) -> bytes:
        line, _, rest = content.partition(b"\n")
        entry = json.loads(line)
        entry["sha256"] = "0" * 64
        return json.dumps(entry).encode() + b"\n" + rest

    altered(path, forged, "logs.jsonl", forge)
    with zipfile.ZipFile(forged) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    files = [json.loads(line) for line in contents["_atalaya/files.jsonl"].splitlines()]
    for one in files:
        one["sha256"] = hashlib.sha256(contents[one["name"]]).hexdigest()
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in files)
    manifest = json.loads(contents["_atalaya/manifest.json"])
    manifest["files"] = hashlib.sha256(lines).hexdigest()
    contents["_atalaya/files.jsonl"] = lines
    contents["_atalaya/manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(forged, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    assert "log-hash" in causes(offline(forged))


@pytest.mark.parametrize(
    "more",
    [{"since": START - HOUR}, {"until": START + 9 * HOUR}, {"trail": "another"},
     {"accounts": frozenset({"222222222222"})}, {"regions": frozenset({"eu-west-1"})}],
)  # fmt: skip
def test_a_bundle_is_not_asked_for_more_than_it_was_made_for(tmp_path, more):
    path = tmp_path / "evidence.zip"
    asked = {"trail": TRAIL, "accounts": frozenset({ACCOUNT}), "regions": frozenset({"us-east-1"})}
    report = bundled(a_world(), path, **asked)
    assert same(report, offline(path, expected=Expected(
        frozenset(Expectation(ACCOUNT, region, TRAIL) for region in ("us-east-1", "eu-west-1"))
    )))  # fmt: skip
    with pytest.raises(UsageError, match=f"--{next(iter(more)).removesuffix('s')}"):
        offline(path, **more)
    assert offline(path, since=START + HOUR).status is Status.PASS


def test_a_zip_that_is_no_bundle_is_refused_in_words(tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("hello.txt", "hello")
    with pytest.raises(OpsError, match="no bundle"):
        Record(open_source(str(path)))


def test_an_unfinished_bundle_never_appears(tmp_path):
    writer = Writer(tmp_path / "evidence.zip")
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_of_one_trail_is_asked_about_that_trail(tmp_path):
    world = a_world()
    world.line(trail="second").run(6)
    path = tmp_path / "evidence.zip"
    report = bundled(world, path, trail="second")
    assert same(report, replace(offline(path)))
