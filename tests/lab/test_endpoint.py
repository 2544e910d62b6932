from pathlib import Path

import pytest

from ops import endpoint, home
from ops import lab as labs
from ops.errors import LabError
from tests.lab.conftest import a_zone, kill, organization


def test_endpoint_lab_means_the_running_lab_of_this_zone(tmp_path, monkeypatch):
    monkeypatch.setenv("ATALAYA_HOME", str(tmp_path))
    zone = a_zone()
    with pytest.raises(LabError, match="No lab is running") as missing:
        endpoint.resolve(zone)
    assert "ops lab up" in missing.value.hint
    lab = labs.up(zone, labs.default_directory(zone))
    assert endpoint.resolve(zone) == endpoint.Endpoint(
        lab.endpoint, lab.access_key_id, lab.secret_access_key
    )
    with pytest.raises(LabError, match="holds organisation o-0123456789abcdef, not o-another"):
        endpoint.resolve(a_zone(organization=organization(id="o-another0000")))
    kill(lab)
    with pytest.raises(LabError, match="is gone"):
        endpoint.resolve(zone)
    labs.down(labs.default_directory(zone))


def test_an_endpoint_that_is_a_url_or_none_needs_no_lab():
    assert endpoint.resolve(a_zone(deploy={})) is None
    url = "http://127.0.0.1:4566"
    assert endpoint.resolve(a_zone(deploy={"endpoint": url})) == endpoint.Endpoint(url)


def test_the_labs_state_lies_with_the_lab_and_the_real_one_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ATALAYA_HOME", str(tmp_path))
    assert home.state_directory(a_zone()) == tmp_path / "acme" / "lab" / "state"
    assert home.state_directory(a_zone(deploy={})) == tmp_path / "acme" / "state"
    monkeypatch.setenv("ATALAYA_LAB_DIR", str(tmp_path / "elsewhere"))
    assert home.lab_directory(a_zone()) == tmp_path / "elsewhere"
    assert home.state_directory(a_zone()) == tmp_path / "elsewhere" / "state"


def test_without_a_choice_the_home_is_in_the_repository():
    assert home.home() == Path(__file__).resolve().parents[2] / ".atalaya"
