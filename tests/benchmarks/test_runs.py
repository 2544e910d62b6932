"""Figures are what they say: real processes, measured, and medians of ratios."""

import sys

import pytest

from benchmarks import peers
from benchmarks.runs import Took, WrongAnswerError, ratios, run, told

EATER = "held = bytearray(64 << 20); import time; time.sleep(0.2); print('done')"


def test_a_run_says_what_the_process_took_and_what_it_printed():
    took, out = run([sys.executable, "-I", "-c", EATER])
    assert out == "done\n"
    assert 0.2 < took.seconds < 20
    assert 0 < took.cpu < took.seconds
    assert 64 << 20 < took.peak < 110 << 20


def test_the_peak_is_that_of_the_command_and_not_of_who_starts_it():
    ballast = bytearray(200 << 20)
    took, _ = run([sys.executable, "-I", "-S", "-c", "pass"])
    assert took.peak < len(ballast) / 4


def test_children_count_for_memory():
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {EATER!r}])"
    took, _ = run([sys.executable, "-I", "-c", parent])
    assert took.peak > 64 << 20


def test_a_command_that_fails_is_no_figure():
    with pytest.raises(WrongAnswerError, match="no such thing"):
        run([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_a_command_sees_nothing_of_the_shells_aws_settings(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    _, out = run(
        [sys.executable, "-c", "import os; print(sorted(n for n in os.environ if 'AWS' in n))"],
        {"AWS_REGION": "us-east-1"},
    )
    assert out == "['AWS_REGION']\n"


def test_ratios_are_taken_pair_by_pair():
    assert ratios([8.0, 9.0], [1.0, 3.0]) == [8.0, 3.0]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_a_figure_is_a_median_with_its_range():
    assert told([3.0, 1.0, 2.0]) == "2.0 (1.0 to 3.0)"
    assert told([2.0], 2) == "2.00"


def test_runs_in_sequence_add_up_but_for_their_memory():
    assert Took(1.0, 0.5, 70) + Took(2.0, 0.25, 60) == Took(3.0, 0.75, 70)


def test_awsclis_summary_is_counted():
    told = "Results found for A to B:\n\n24/24 digest files valid\n120/120 log files valid\n"
    assert peers.counts(told) == {"digest": 24, "log": 120}
    assert peers.counts("No digests found") == {"digest": 0, "log": 0}


def test_awsclis_invalid_files_are_no_figure():
    told = "23/24 digest files valid, 1/24 digest files INVALID\n120/120 log files valid\n"
    with pytest.raises(WrongAnswerError, match="23 of 24 digest"):
        peers.counts(told)


def test_the_pinned_awscli_is_named():
    assert peers.version().startswith("aws-cli 1.")
