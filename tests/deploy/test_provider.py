import pytest

from ops.deploy.program import Program
from ops.deploy.provider import mirror
from ops.errors import SetupError

TERRAFORM = Program(("terraform",), "Terraform", "1.11.4", "linux_amd64")
TOFU = Program(("tofu",), "OpenTofu", "1.10.3", "linux_amd64")


def a_mirror(directory, version="5.100.0", platform="linux_amd64", host="registry.terraform.io"):
    (directory / host / "hashicorp/aws" / version / platform).mkdir(parents=True)
    return directory


@pytest.fixture
def look(tmp_path):
    """Look for a mirror with a home and a shared directory that a test fills."""

    def look(program=TERRAFORM, version="5.100.0", **environment):
        found = {"HOME": str(tmp_path / "home"), **environment}
        return mirror(program, version, found, shared=tmp_path / "shared")

    return look


def test_without_a_mirror_the_registry_serves(look):
    assert look() is None


def test_a_named_mirror_goes_before_all_others(look, tmp_path):
    a_mirror(tmp_path / "home/.terraform.d/plugins")
    named = a_mirror(tmp_path / "named")
    assert look(TF_PLUGIN_MIRROR=str(named)) == named


def test_a_named_mirror_without_the_provider_is_an_error_that_names_both(look, tmp_path):
    named = a_mirror(tmp_path / "named", version="6.0.0")
    with pytest.raises(SetupError) as caught:
        look(TF_PLUGIN_MIRROR=str(named))
    assert str(named) in str(caught.value)
    assert "registry.terraform.io/hashicorp/aws 5.100.0 for linux_amd64" in str(caught.value)


@pytest.mark.parametrize(
    "place", ["home/.terraform.d/plugins", "home/.local/share/terraform/plugins", "shared/any"]
)
def test_the_usual_places_are_searched(look, tmp_path, place):
    assert look() is None
    assert a_mirror(tmp_path / place) == look()


def test_the_data_directory_may_be_elsewhere(look, tmp_path):
    found = a_mirror(tmp_path / "data/terraform/plugins")
    assert look(XDG_DATA_HOME=str(tmp_path / "data")) == found


@pytest.mark.parametrize("wrong", [{"version": "5.99.0"}, {"platform": "darwin_arm64"}])
def test_a_mirror_of_something_else_is_passed_over(look, tmp_path, wrong):
    a_mirror(tmp_path / "shared/a", **wrong)
    right = a_mirror(tmp_path / "shared/b")
    assert look() == right


def test_a_packed_provider_counts_too(look, tmp_path):
    place = tmp_path / "shared/a/registry.terraform.io/hashicorp/aws"
    place.mkdir(parents=True)
    (place / "terraform-provider-aws_5.100.0_linux_amd64.zip").touch()
    assert look() == tmp_path / "shared/a"


def test_opentofu_needs_a_mirror_of_its_own_registry(look, tmp_path):
    a_mirror(tmp_path / "shared/terraform")
    assert look(TOFU) is None
    found = a_mirror(tmp_path / "shared/tofu", host="registry.opentofu.org")
    assert look(TOFU) == found
