"""How Python is set lasts as long as a run."""

import gc

import pytest

from ops.history.tuning import tuned


def broken_off():
    with tuned():
        assert gc.get_threshold()[0] >= 100_000
        raise KeyboardInterrupt


def test_python_looks_for_garbage_as_before_when_a_run_ends():
    before = gc.get_threshold()
    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert gc.get_threshold() == before
