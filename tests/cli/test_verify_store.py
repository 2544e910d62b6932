"""`ops verify --store`: verdicts beside the events, and what answers say of them."""

import json
import shutil
from collections import Counter

import duckdb
import pytest

from ops.cli import run
from ops.history.shelf import VERDICTS
from ops.layout import Family
from tests.integrity.world import HOUR, OTHER, START, World, gz, stamp


@pytest.fixture
def world():
    made = World()
    made.line().run(6)
    return made


@pytest.fixture
def collected(world, tmp_path, capsys):
    """Write a world out, collect it, and return a way to verify it and see the verdicts."""
    (tmp_path / "keys.json").write_text(json.dumps(world.key_file()))
    store = tmp_path / "store"

    def verified(*more):
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        copy = world.write(tmp_path / "copy")
        run(["collect", str(copy), "--store", str(store)])
        words = ["verify", str(copy), "--keys", str(tmp_path / "keys.json"), "--store", str(store)]
        code = run([*words, "--until", stamp(START + 6 * HOUR), *more])
        capsys.readouterr()
        rows = duckdb.sql(
            f"SELECT source_key, verdict, digest_key FROM '{store}/{VERDICTS}*.parquet' "
            "QUALIFY row_number() OVER (PARTITION BY source_key ORDER BY verified_at DESC) = 1"
        ).fetchall()
        return code, {key: (verdict, digest) for key, verdict, digest in rows}

    return verified


def test_every_log_a_digest_names_has_its_verdict_and_its_digest(world, collected):
    code, found = collected()
    assert code == 0
    assert found == {log: ("VALID", hour.key) for hour in world.lines[0].hours for log in hour.logs}


def test_what_is_wrong_is_told_with_the_verdict_of_the_report(world, collected):
    hours = world.lines[0].hours
    changed, lost = hours[1].logs[0], hours[2].logs[0]
    world.objects[changed].body = gz(b'{"Records":[]}')
    del world.objects[lost]
    planted = world.log(at=hours[3].start + HOUR / 2)
    code, found = collected()
    assert code == 1
    assert found[changed] == ("INVALID", hours[1].key)
    assert found[lost] == ("MISSING", hours[2].key)
    assert found[planted] == ("UNREFERENCED", None)
    assert sum(verdict == "VALID" for verdict, _ in found.values()) == 10


def test_the_newest_verdict_counts(world, collected):
    log = world.lines[0].hours[1].logs[0]
    genuine = world.objects[log].body
    world.objects[log].body = gz(b'{"Records":[]}')
    assert collected()[1][log][0] == "INVALID"
    world.objects[log].body = genuine
    assert collected()[1][log][0] == "VALID"


def test_a_store_that_does_not_exist_ends_the_run_before_it_begins(tmp_path, world, capsys):
    copy = world.write(tmp_path / "copy")
    assert run(["verify", str(copy), "--store", str(tmp_path / "none")]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "ops collect SOURCE --store" in said.err


def coverage_of(store, capsys):
    words = ["query", "SELECT 1 FROM events", "--store", str(store), "--allow-empty"]
    assert run([*words, "--with-coverage", "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)["coverage"]["integrity"]


def test_a_verified_delivery_covers_answers_until_somebody_tampers_with_it(tmp_path, capsys):
    copy, store, lab = tmp_path / "copy", tmp_path / "store", ["--dir", str(tmp_path / "lab")]
    settings = ["--days", "0.25", "--scale", "0.05", "--end", "2026-11-20T15:20:07Z"]
    verify = ["verify", str(copy), "--keys", str(copy / "keys.json"), "--store", str(store)]
    assert run(["lab", "deliver", "--to", str(copy), *settings, *lab]) == 0
    assert run(["collect", str(copy), "--store", str(store)]) == 0
    capsys.readouterr()
    assert run([*verify, "--format", "json"]) == 0
    families = json.loads(capsys.readouterr().out)["families"]
    apart = [one for one in families.values() if one["status"] != "covered"]
    found = coverage_of(store, capsys)
    assert found["status"] == "PASS"
    assert found["pending"] == families["CloudTrail"]["pending"] > 0
    assert found["not_covered"] == sum(one["unreferenced"] + one["pending"] for one in apart) > 0

    assert run(["lab", "tamper", "change-log", "--in", str(copy), *lab]) == 0
    assert run(verify) == 1
    capsys.readouterr()
    assert coverage_of(store, capsys)["status"] == "FAIL"


def test_answers_say_whether_what_they_rest_on_is_proven(collected, tmp_path, capsys):
    collected()
    assert coverage_of(tmp_path / "store", capsys)["status"] == "PASS"


def test_verdicts_say_pending_and_uncovered_as_the_report_counts_them(
    world, tmp_path, monkeypatch, capsys
):
    """A copy whose newest digests are overdue: only what came just after them may wait."""
    soon = world.log(at=world.end + HOUR / 2)
    late = world.log(at=world.end + 9 * HOUR)
    apart = world.log(at=world.end + HOUR / 2, family=Family.INSIGHT)
    report, found = judged(world, tmp_path, capsys)
    assert report["summary"]["logs"]["PENDING"] == 2
    assert report["summary"]["logs"]["uncovered"] == 1
    assert found[soon] == "PENDING"
    assert found[late] == "UNVERIFIABLE"
    assert apart not in found  # nothing is said of a kind that no digest names
    assert told(report, found)


@pytest.mark.parametrize("hours", [(2, 3), (4,)])
def test_what_was_valid_once_is_not_so_once_its_digest_is_gone(world, tmp_path, capsys, hours):
    for number in range(2):
        report, found = judged(world, tmp_path, capsys, name=f"copy{number}")
        assert told(report, found)
        for hour in hours:
            world.objects.pop(world.lines[0].hours[hour].key, None)
    logs = [log for hour in hours for log in world.lines[0].hours[hour].logs]
    assert {found[log] for log in logs} == {"UNVERIFIABLE"}


def test_verdicts_on_logs_of_digests_without_a_key_are_those_of_the_report(world, tmp_path, capsys):
    world.line(account=OTHER, region="eu-west-1").run(3)
    keys = {"us-east-1": world.key_file()["us-east-1"]}
    report, found = judged(world, tmp_path, capsys, keys=keys)
    assert report["summary"]["logs"]["uncovered"] == 6
    assert told(report, found)


def test_planted_files_that_are_too_many_to_list_have_their_verdict(
    world, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("ops.integrity.docket._MOST", 2)
    monkeypatch.setattr("ops.integrity.docket._LEAST", 2)
    keys = [world.log(at=START + number * HOUR / 3) for number in range(1, 9)]
    borrowed = world.log(OTHER, at=START + HOUR / 2)
    line = world.lines[0]
    line.hour(logs=[borrowed])
    world.line(account=OTHER).run(7)
    report, found = judged(world, tmp_path, capsys)
    assert {found[key] for key in keys} == {"UNREFERENCED"}
    assert found[borrowed] == "VALID"
    assert told(report, found)


def judged(world, tmp_path, capsys, *, name="copy", keys=None, more=()):
    """Collect a world and verify it with a store; return the report and the verdicts."""
    (tmp_path / "keys.json").write_text(json.dumps(keys or world.key_file()))
    copy, store = world.write(tmp_path / name), tmp_path / "store"
    run(["collect", str(copy), "--store", str(store)])
    capsys.readouterr()
    words = ["verify", str(copy), "--keys", str(tmp_path / "keys.json"), "--store", str(store)]
    run([*words, "--format", "json", *more])
    return json.loads(capsys.readouterr().out), verdicts_in(store)


def told(report, found):
    """Whether the verdicts in a store are as many of each kind as the report counts."""
    logs, counts = dict(report["summary"]["logs"]), Counter(found.values())
    apart = [one for one in report["families"].values() if one["status"] != "covered"]
    logs["PENDING"] -= sum(one["pending"] for one in apart)
    logs["UNVERIFIABLE"] += logs.pop("uncovered")
    return {verdict: count for verdict, count in logs.items() if count} == counts


def verdicts_in(store):
    """Return the newest verdict on every log file."""
    rows = duckdb.sql(
        f"SELECT source_key, arg_max(verdict, verified_at) FROM '{store}/{VERDICTS}*.parquet' "
        "GROUP BY 1"
    ).fetchall()
    return dict(rows)
