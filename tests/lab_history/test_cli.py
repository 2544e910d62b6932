"""`ops lab deliver` and `ops lab tamper` at the command line."""

import json
import subprocess
import sys

import pytest

from ops.cli import run
from tests.conftest import ROOT
from tests.lab_history.checking import Archive

OPTIONS = ["--days", "0.2", "--scale", "0.5", "--end", "2026-11-20T15:00:00+01:00"]


@pytest.fixture
def deliver(tmp_path, lab_directory):
    def command(name, *options):
        return run(
            [
                "lab",
                "deliver",
                "--to",
                str(tmp_path / name),
                "--dir",
                str(lab_directory),
                *OPTIONS,
                *options,
            ]
        )

    return command


def test_delivering_to_a_directory_summarises_as_json(deliver, tmp_path, capsys):
    assert deliver("d", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    archive = Archive(tmp_path / "d")
    assert archive.faults() == []
    assert told["digests"] == len(archive.digests)
    assert told["until"] == "2026-11-20T14:00:00Z"
    assert (told["accounts"], told["regions"]) == (5, 3)
    assert told["attack"][0]["step"] == "leaked-key"


def test_people_see_the_timeline_of_the_attack(deliver, capsys):
    assert deliver("d") == 0
    assert "A scanner tries a leaked key" in capsys.readouterr().out


def test_without_an_attack_there_is_none(deliver, tmp_path, capsys):
    assert deliver("d", "--no-attack", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["attack"] == []
    assert not any("192.0.2.77" in json.dumps(one) for one in Archive(tmp_path / "d").records())


def test_tampering_on_disk_prints_the_keys_it_touched(deliver, tmp_path, lab_directory, capsys):
    deliver("d")
    capsys.readouterr()
    code = run(["lab", "tamper", "change-log", "--in", str(tmp_path / "d"), "--dir", str(lab_directory),
                "--jmespath", "touched[].key"])  # fmt: skip
    (key,) = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [one for one in Archive(tmp_path / "d").faults() if key in one] == [f"hash {key}"]


def test_without_a_kind_all_are_listed(capsys):
    assert run(["lab", "tamper", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {
        name: value for name, value in next(one for one in rows if one["kind"] == "recompress-log").items()
        if name != "what"
    } == {"kind": "recompress-log", "harmless": True}  # fmt: skip
    assert len(rows) > 35


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["deliver", "--days", "0", "--to", "nowhere"], 2, "cannot be made"),
        (["deliver", "--end", "yesterday"], 2, "is no time"),
        (["tamper", "nonsense", "--in", "."], 3, "holds no delivered history"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_explained(arguments, code, words, capsys, tmp_path):
    assert run(["lab", *arguments, "--dir", str(tmp_path)]) == code
    assert words in capsys.readouterr().err


def test_without_a_lab_nothing_is_delivered(tmp_path, capsys):
    assert run(["lab", "deliver", "--dir", str(tmp_path)]) == 3
    assert "No lab is running" in capsys.readouterr().err


def test_the_list_of_lab_commands_loads_neither_the_sdk_nor_the_generator():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ops", "lab", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "tamper" in done.stdout
    assert not {"boto3", "cryptography", "ops.lab.history"} & {
        line.rpartition("|")[2].strip() for line in done.stderr.splitlines()
    }
