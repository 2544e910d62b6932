from ops.deploy.environment import terraform_environment
from ops.endpoint import Endpoint

LAB = Endpoint("http://127.0.0.1:5000", "AKIALAB", "secret")


def test_your_own_credentials_and_proxies_pass_unchanged():
    yours = {"AWS_PROFILE": "audit", "HTTPS_PROXY": "http://proxy:3128", "AWS_SESSION_TOKEN": "t"}
    assert yours.items() <= terraform_environment(yours, None).items()


def test_terraform_neither_asks_nor_phones_home():
    found = terraform_environment({}, None)
    assert (found["TF_INPUT"], found["CHECKPOINT_DISABLE"], found["TF_IN_AUTOMATION"]) == (
        "0",
        "1",
        "1",
    )


def test_the_labs_keys_replace_yours_entirely():
    yours = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "t", "AWS_ACCESS_KEY_ID": "AKIAPROD"}
    found = terraform_environment(yours, LAB)
    assert found["AWS_ACCESS_KEY_ID"] == "AKIALAB"
    assert found["AWS_ENDPOINT_URL"] == LAB.url
    assert "AWS_PROFILE" not in found
    assert "AWS_SESSION_TOKEN" not in found


def test_another_endpoint_keeps_your_credentials():
    found = terraform_environment({"AWS_PROFILE": "x"}, Endpoint("https://aws.example.org"))
    assert found["AWS_PROFILE"] == "x"
    assert found["AWS_ENDPOINT_URL"] == "https://aws.example.org"


def test_a_named_configuration_file_that_is_missing_is_not_named_to_terraform(tmp_path):
    there = tmp_path / "rc"
    there.touch()
    assert "TF_CLI_CONFIG_FILE" not in terraform_environment(
        {"TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}, None
    )
    found = terraform_environment({"TF_CLI_CONFIG_FILE": str(there)}, None)
    assert found["TF_CLI_CONFIG_FILE"] == str(there)


def test_nothing_in_the_shell_redirects_state_or_adds_arguments():
    shell = {"TF_WORKSPACE": "x", "TF_DATA_DIR": "/x", "TF_CLI_ARGS_plan": "-destroy"}
    assert not shell.keys() & terraform_environment(shell, None).keys()


def test_terraform_collects_garbage_less_often_unless_you_say_otherwise():
    assert terraform_environment({}, None)["GOGC"] == "400"
    assert terraform_environment({"GOGC": "off"}, None)["GOGC"] == "off"
