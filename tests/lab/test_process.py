import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ops import endpoint, home
from ops import lab as labs
from ops.endpoint import Life
from ops.errors import LabError
from ops.lab import event_history
from tests.lab.conftest import MANAGEMENT, Cloud, a_zone, kill, organization


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The directory of a lab that every test here leaves running."""
    place = tmp_path_factory.mktemp("running") / "lab"
    labs.up(a_zone(), place)
    yield place
    labs.down(place)


@pytest.fixture
def place(tmp_path):
    yield tmp_path / "lab"
    labs.down(tmp_path / "lab")


def state_in(place):
    state = place / home.STATE
    state.mkdir(parents=True)
    (state / "trail.tfstate").write_text("{}")
    return state


def has_ended(pid):
    """Whether a process ends within two seconds; one nobody has reaped yet has."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def rewrite(place, **changes):
    record = json.loads((place / endpoint.RECORD).read_text())
    (place / endpoint.RECORD).write_text(json.dumps(record | changes))


def listening(pid):
    """Return the addresses a process listens on, as /proc writes them."""
    links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_a_lab_answers_as_itself_and_is_found_running(running):
    lab = labs.up(a_zone(), running)
    connection = HTTPConnection(lab.endpoint.removeprefix("http://"), timeout=5)
    connection.request("GET", "/atalaya-lab/health")
    health = json.loads(connection.getresponse().read())
    connection.close()
    assert health == {
        "instance": lab.instance,
        "pid": lab.pid,
        "zone": "acme",
        "organization": "o-0123456789abcdef",
    }
    assert labs.status(running) == lab


def test_it_listens_on_loopback_only(running):
    assert listening(labs.up(a_zone(), running).pid) == {"0100007F"}


def test_its_record_and_directory_are_for_their_owner_only(running):
    assert running.stat().st_mode & 0o777 == 0o700
    assert (running / endpoint.RECORD).stat().st_mode & 0o777 == 0o600


def test_starting_it_again_changes_nothing(running):
    first = labs.up(a_zone(), running)
    state = state_in(running)
    assert labs.up(a_zone(), running) == first
    assert state.exists()


def test_a_change_outside_the_organisation_keeps_it(running):
    first = labs.up(a_zone(), running)
    assert labs.up(a_zone(tags={"owner": "me"}), running) == first


def test_another_organisation_in_its_place_is_refused(running):
    smaller = organization(accounts=organization()["accounts"][:3])
    with pytest.raises(LabError, match="not with that of this config") as refused:
        labs.up(a_zone(organization=smaller), running)
    assert "ops lab down" in refused.value.hint


def test_a_second_port_for_a_running_lab_is_refused(running):
    lab = labs.up(a_zone(), running)
    with pytest.raises(LabError, match=f"runs already, at {lab.endpoint}, not on port 9"):
        labs.up(a_zone(), running, port=9)


def test_a_port_in_use_is_named_and_leaves_no_record(place):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"Port {port} on 127.0.0.1 is in use") as failed:
            labs.up(a_zone(), place, port=port)
    assert "--port" in failed.value.hint
    assert labs.status(place) is None
    assert not (place / endpoint.RECORD).exists()


def test_a_chosen_port_is_used(place):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert labs.up(a_zone(), place, port=port).endpoint == f"http://127.0.0.1:{port}"


def test_the_servers_environment_does_not_reach_the_emulator(place, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    lab = labs.up(a_zone(), place)
    monkeypatch.undo()
    assert Cloud(lab).client("sts").get_caller_identity()["Account"] == MANAGEMENT


def test_a_dead_lab_is_discarded_with_its_terraform_state_and_said_so(place):
    first = labs.up(a_zone(), place)
    state = state_in(place)
    history = place / event_history.DIRECTORY
    event_history.record(history, MANAGEMENT, "eu-west-1", ["{}"])
    kill(first)
    assert labs.status(place) is None
    said = []
    second = labs.up(a_zone(), place, say=said.append)
    assert second.instance != first.instance
    assert not state.exists()
    assert not history.exists()
    assert said == [
        f"The lab of {first.started} is gone; starting a new one.",
        f"Discarded {state}: the resources in it went with the lab.",
    ]


def test_a_reused_pid_is_neither_taken_for_the_lab_nor_killed(place):
    first = labs.up(a_zone(), place)
    kill(first)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        rewrite(place, pid=stranger.pid)
        assert labs.status(place) is None
        assert labs.down(place) is None
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_another_lab_on_the_recorded_port_is_not_taken_for_it(place):
    lab = labs.up(a_zone(), place)
    rewrite(place, instance="another")
    assert labs.status(place) is None
    assert labs.down(place) is None
    assert endpoint.life(lab) is Life.ALIVE
    kill(lab)


def test_a_stranger_that_speaks_http_is_not_taken_for_it(place):
    lab = labs.up(a_zone(), place)
    kill(lab)

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'["hello"]')

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        rewrite(place, pid=os.getpid(), endpoint=f"http://127.0.0.1:{server.server_port}")
        assert labs.status(place) is None
        server.shutdown()


def test_a_lab_that_hangs_is_reported_and_left_alone(running, monkeypatch):
    monkeypatch.setattr(endpoint, "_PATIENCE_SECONDS", 0.3)
    lab = labs.up(a_zone(), running)
    os.kill(lab.pid, signal.SIGSTOP)
    try:
        for action in (labs.status, labs.down, lambda where: labs.up(a_zone(), where)):
            with pytest.raises(LabError, match=f"process {lab.pid}.*does not answer"):
                action(running)
    finally:
        os.kill(lab.pid, signal.SIGCONT)
    assert labs.status(running) == lab


def test_a_record_that_is_not_one_is_an_error_with_a_way_out(place):
    place.mkdir()
    (place / endpoint.RECORD).write_text('{"pid": 1}')
    with pytest.raises(LabError, match=r"lab.json cannot be read") as failed:
        labs.status(place)
    assert "Delete the file" in failed.value.hint
    (place / endpoint.RECORD).unlink()


def test_of_two_at_once_one_starts_it_and_the_other_finds_it(place):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: labs.up(a_zone(), place), range(2))
    assert first == second


def test_down_ends_the_process_and_leaves_neither_record_nor_state(place):
    lab = labs.up(a_zone(), place)
    state = state_in(place)
    assert labs.down(place) == lab
    assert endpoint.life(lab) is Life.GONE
    assert has_ended(lab.pid)
    assert not state.exists()
    assert not (place / endpoint.RECORD).exists()
    assert labs.down(place) is None


def test_down_where_no_lab_ever_was_does_nothing(tmp_path):
    assert labs.down(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


def test_a_lab_that_cannot_start_says_where_its_log_is(place, monkeypatch):
    monkeypatch.setattr(labs.sys, "executable", "/bin/false")
    with pytest.raises(LabError, match="did not start") as failed:
        labs.up(a_zone(), place)
    assert str(place / "lab.log") in failed.value.hint


def test_using_the_lab_never_imports_the_emulator():
    code = "import sys, ops.lab, ops.endpoint; print(any('moto' in m for m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout == b"False\n"
