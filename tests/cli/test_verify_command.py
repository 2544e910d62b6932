"""`ops verify` as people and machines call it."""

import json
import os
import resource
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integrity.world import HOUR, START, World, gz, stamp

UNTIL = stamp(START + 6 * HOUR)


def call(*words, most: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call it; no file that it writes may be longer than `most` bytes."""
    program = "import sys; from ops.cli import ops, run; from ops.cli.verify import verify; " \
        "ops.add_command(verify); sys.exit(run(sys.argv[1:]))"  # fmt: skip
    return subprocess.run(  # noqa: PLW1510 (the tests look at the exit code)
        [sys.executable, "-c", program, "verify", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "COLUMNS": "120", **environment},
        preexec_fn=most and partial(limited, most),
    )  # fmt: skip


@pytest.fixture
def world() -> World:
    made = World()
    made.line().run(6)
    made.line(region="eu-west-1").run(6)
    return made


@pytest.fixture
def keys(world, tmp_path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(world.key_file()))
    return path


def test_an_intact_copy_exits_0_and_prints_the_verdict_and_a_map(world, keys, tmp_path):
    done = call(world.write(tmp_path / "copy"), "--keys", keys)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("PASS  ")
    assert "use1" in done.stdout
    assert "euw1" in done.stdout
    assert done.stdout.count("100%") == 2
    assert "taken from the copy, not proven" in done.stdout


def test_tampering_exits_1_and_names_what_was_done(world, keys, tmp_path):
    hour = world.lines[0].hours[3]
    world.objects[hour.logs[0]].body = gz(b"forged")
    done = call(world.write(tmp_path / "copy"), "--keys", keys, "--since", stamp(START))
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  ")
    assert "INVALID" in done.stdout
    assert hour.logs[0][-20:] in done.stdout.replace("\n", "").replace(" ", "")


def test_without_keys_nothing_is_proven_and_the_exit_code_is_3(world, tmp_path):
    done = call(world.write(tmp_path / "copy"))
    assert done.returncode == 3
    assert done.stdout.startswith("INCOMPLETE  ")


def test_json_holds_the_fields_of_the_contract(world, keys, tmp_path):
    del world.objects[world.lines[0].hours[3].key]
    done = call(world.write(tmp_path / "copy"), "--keys", keys, "--format", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert list(report) == [
        "schema", "source", "requested", "summary", "families", "keys_source", "chains",
        "findings", "notes", "run",
    ]  # fmt: skip
    assert report["schema"] == "atalaya.verify/1"
    verdicts = {"VALID", "INVALID", "MISSING", "GAP", "PENDING", "UNVERIFIABLE", "UNREFERENCED",
                "ERROR"}  # fmt: skip
    assert set(report["summary"]["digests"]) == verdicts
    assert set(report["summary"]["logs"]) == verdicts | {"uncovered"}
    assert set(report["chains"][0]) == {
        "account", "region", "trail", "home_region", "first", "last", "digests", "logs", "proven",
        "missing", "gaps", "trusted",
    }  # fmt: skip
    assert set(report["findings"][0]) == {
        "verdict", "kind", "bucket", "key", "account", "region", "from", "to", "reason", "hint",
    }  # fmt: skip
    assert set(report["run"]) == {"version", "started", "ended", "caller_arn", "args"}


def test_jsonl_and_csv_are_one_finding_a_line_and_jmespath_filters_json(world, keys, tmp_path):
    del world.objects[world.lines[0].hours[3].key]
    copy = world.write(tmp_path / "copy")
    lines = call(copy, "--keys", keys, "--format", "jsonl").stdout.splitlines()
    assert {json.loads(line)["verdict"] for line in lines} == {"MISSING", "UNVERIFIABLE"}
    rows = call(copy, "--keys", keys, "--format", "csv").stdout.splitlines()
    assert len(rows) == len(lines) + 1
    status = call(copy, "--keys", keys, "--jmespath", "summary.status").stdout
    assert json.loads(status) == "FAIL"


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".xml"])
def test_a_report_is_written_in_the_form_its_ending_says(world, keys, tmp_path, ending):
    del world.objects[world.lines[0].hours[3].key]
    path = tmp_path / f"report{ending}"
    assert call(world.write(tmp_path / "copy"), "--keys", keys, "--report", path).returncode == 1
    text = path.read_text()
    if ending == ".json":
        assert json.loads(text)["summary"]["status"] == "FAIL"
    elif ending == ".jsonl":
        assert len([json.loads(line) for line in text.splitlines()]) == 2
    else:
        suites = ET.fromstring(text)
        assert [one.get("failures") for one in suites] == ["0", "1"]
        assert suites[1].find("testcase/failure") is not None
        # JUnit's own schema knows these, and no status.
        counts = {"tests": "3", "failures": "1", "errors": "1"}
        assert suites.attrib == {"name": "ops verify: FAIL", **counts}


def test_two_trails_of_an_account_and_region_share_a_suite_of_junit(world, keys, tmp_path):
    world.line(trail="second").run(6)
    del world.objects[world.lines[0].hours[3].key]
    path = tmp_path / "report.xml"
    call(world.write(tmp_path / "copy"), "--keys", keys, "--report", path)
    suites = {one.get("name"): one.get("failures") for one in ET.parse(path).getroot()}
    assert suites == {
        "111111111111 eu-west-1 organization-trail": "0",
        "111111111111 us-east-1 organization-trail, second": "1",
    }


@pytest.mark.parametrize(
    "words",
    [["--since", "2026-01-06", "--until", "2026-01-05"], ["--since", "soon"],
     ["--since", "2999-01-01"], ["--expected-owner", "111111111111"],
     ["--report", "report.pdf"], ["--keys", "absent.json"], ["--config", "absent.yaml"]],
)  # fmt: skip
def test_s89_what_cannot_be_asked_exits_2(world, tmp_path, words):
    done = call(world.write(tmp_path / "copy"), *words)
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("ops: ")


def test_neither_a_source_nor_a_config_exits_2_and_says_what_to_name():
    done = call(ATALAYA_CONFIG="")
    assert done.returncode == 2
    assert "s3://BUCKET[/PREFIX], a directory or a bundle; or --config F" in done.stderr


def test_a_source_that_is_not_there_exits_2(tmp_path):
    assert call(tmp_path / "nowhere").returncode == 2


@pytest.mark.parametrize(
    ("since", "digests"),
    [("2026-01-05T00:13:20Z", 12), ("2026-01-04T20:13:20-05:00", 10), ("2026-01-05T04:13:20", 4)],
)
def test_s88_offsets_of_times_are_honoured(world, keys, tmp_path, since, digests):
    done = call(
        world.write(tmp_path / "copy"), "--keys", keys, "--since", since, "--until", UNTIL,
        "--jmespath", "summary.digests.VALID",
    )  # fmt: skip
    assert done.stdout.strip() == str(digests)


def test_a_config_says_which_chains_must_be_there(world, keys, tmp_path):
    done = call(
        world.write(tmp_path / "copy"), "--keys", keys, "--config", "config/lab.yaml",
        "--format", "json",
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert any("expects trail" in one["reason"] for one in report["findings"])


def test_a_state_makes_the_next_call_verify_only_what_is_new(world, keys, tmp_path):
    copy, state = tmp_path / "copy", tmp_path / "state.json"
    asked = (copy, "--keys", keys, "--state", state, "--jmespath", "summary.digests.VALID")
    secret = {"ATALAYA_STATE_KEY": "a secret of more than sixteen bytes"}
    world.write(copy)
    assert call(*asked, **secret).stdout.strip() == "12"
    for line in world.lines:
        line.run(2)
    world.write(copy)
    assert call(*asked, **secret).stdout.strip() == "4"
    assert call(*asked).stdout.strip() == "16"
    kept = state.read_bytes()
    assert call(*asked, "--bundle", tmp_path / "b.zip", **secret).stdout.strip() == "16"
    assert state.read_bytes() != kept
    assert call(*asked, **secret).stdout.strip() == "0"


def test_a_bundle_verifies_without_network_or_keys(world, keys, tmp_path):
    copy, bundle = world.write(tmp_path / "copy"), tmp_path / "evidence.zip"
    assert call(copy, "--keys", keys, "--bundle", bundle).returncode == 0
    done = call(bundle)
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("THE KEYS COME FROM THE BUNDLE ITSELF") < done.stdout.index("VALID")
    given = call(bundle, "--keys", keys)
    assert given.returncode == 0
    assert "KEYS COME FROM" not in given.stdout


def test_text_from_the_archive_cannot_steer_a_terminal(world, keys, tmp_path):
    line = world.lines[0]
    line.hour(edit=lambda fields: fields["logFiles"][0].update(s3Object="\x1b[31mred\x1b[0m[bold]"))
    copy = world.write(tmp_path / "copy")
    done = call(copy, "--keys", keys, "--since", stamp(START))
    assert "\x1b" not in done.stdout
    assert "[bold]" in done.stdout


def test_a_symbolic_link_in_a_copy_is_reported_and_not_followed(world, keys, tmp_path):
    copy = world.write(tmp_path / "copy")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (copy / world.lines[0].hours[3].logs[0]).unlink()
    (copy / world.lines[0].hours[3].logs[0]).symlink_to(secret)
    done = call(copy, "--keys", keys)
    assert done.returncode in (1, 3)
    assert "Traceback" not in done.stderr


def test_csv_has_its_header_even_if_nothing_is_wrong(world, keys, tmp_path):
    done = call(world.write(tmp_path / "copy"), "--keys", keys, "--format", "csv")
    assert done.stdout == "verdict,kind,bucket,key,account,region,from,to,reason,hint\n"


def test_a_state_without_a_key_says_at_once_that_it_will_not_be_trusted(world, keys, tmp_path):
    copy = world.write(tmp_path / "copy")
    asked = [copy, "--keys", keys, "--state", tmp_path / "state", "--jmespath", "notes"]
    assert "not trusted without a key" in call(*asked, ATALAYA_STATE_KEY="").stdout
    assert not (tmp_path / "state").exists()
    empty = tmp_path / "key"
    empty.write_text("\n")
    done = call(*asked, "--state-key", empty)
    assert done.returncode == 2
    assert "holds no key" in done.stderr


def test_what_cannot_be_written_is_told_before_anything_is_read(world, keys, tmp_path):
    copy = world.write(tmp_path / "copy")
    (tmp_path / "file").write_text("")
    for option, path, code in [
        ("--report", tmp_path / "none" / "x.xml", "is no directory"),
        ("--bundle", tmp_path / "none" / "x.zip", "No such file or directory"),
        ("--state", tmp_path / "file" / "state", "cannot be written"),
    ]:
        done = call(copy, "--keys", keys, option, path)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert f"ops: {option} {path}" in done.stderr
        assert code in done.stderr


def limited(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("words", "size"),
    [(["--report", "out.json"], 900), (["--bundle", "out.zip"], 9_000), (["--state", "out"], 900)],
)
def test_a_full_disk_is_told_in_words_and_leaves_nothing_half_written(
    world, keys, tmp_path, words, size
):
    place = tmp_path / "place"
    place.mkdir()
    option, name = words
    done = call(
        world.write(tmp_path / "copy"), "--keys", keys, option, place / name,
        ATALAYA_STATE_KEY="k" * 32, most=size,
    )  # fmt: skip
    assert done.returncode == 3
    assert f"ops: {option} {place / name}" in done.stderr
    assert "cannot be written: File too large." in done.stderr
    assert {one.name for one in place.iterdir()} <= {"out.journal", "out.lock"}


def test_metadata_with_half_a_character_is_a_wrong_signature_and_no_fault(world, keys, tmp_path):
    hour = world.lines[0].hours[-1]
    world.objects[hour.key].metadata["signature-algorithm"] = "\ud800"
    done = call(
        world.write(tmp_path / "copy"), "--keys", keys, "--bundle", tmp_path / "b.zip",
        "--report", tmp_path / "r.xml",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "it says \\ud800" in (tmp_path / "r.xml").read_text()
    again = call(world.write(tmp_path / "copy"), "--keys", keys, "--state", tmp_path / "state",
                 ATALAYA_STATE_KEY="k" * 32)  # fmt: skip
    assert again.returncode == 1, again.stderr
    assert call(tmp_path / "b.zip", "--keys", keys).returncode == 1


def loaded(*command) -> set[str]:
    """Return the packages that a Python process loads, by its own word."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *map(str, command)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return names | {name.split(".")[0] for name in names}


def test_a_copy_is_verified_without_loading_what_it_does_not_need(world, keys, tmp_path):
    copy = world.write(tmp_path / "copy")
    found = loaded("-m", "ops", "verify", copy, "--keys", keys, "--format", "json")
    assert "ops.integrity.verify" in found
    assert not found & {"botocore", "boto3", "pydantic", "rich", "asyncio", "obstore", "msgspec"}


def test_a_process_that_only_hashes_loads_little():
    found = loaded("-c", "import ops.archive.bucket_lane, ops.integrity.loghash")
    assert "obstore" in found
    assert not found & {"botocore", "boto3", "pydantic", "cryptography", "multiprocessing"}
