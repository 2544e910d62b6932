import os
import subprocess
import sys

import pytest

from ops.deploy import lock
from ops.errors import DeployError

HOLDER = """
import sys, pathlib
from ops.deploy import lock
with lock.held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_turned_away_and_told_who_holds_the_lock(tmp_path):
    path = tmp_path / "zone" / "deploy.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DeployError, match=f"process {holder.pid}"), lock.held(path):
            pass
        holder.kill()
    with lock.held(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_the_lock_can_be_taken_again_after_it_was_let_go(tmp_path):
    for _ in range(2):
        with lock.held(tmp_path / "lock"):
            pass
