"""`ops verify --store`: verdicts beside the events, and what answers say of them."""

import json
import shutil

import duckdb
import pytest

from ops.cli import run
from ops.history.shelf import VERDICTS
from tests.integrity.world import HOUR, START, World, gz, stamp


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
