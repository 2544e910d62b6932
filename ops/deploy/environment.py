"""The environment Terraform runs in: yours, and what the endpoint needs."""

from collections.abc import Mapping
from pathlib import Path

from ops.endpoint import Endpoint

_OWN_CREDENTIALS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN")
_MISLEADING = ("TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG_PATH")
"""Settings that would send state, working data or output elsewhere than we look."""
_GARBAGE = {"GOGC": "400"}
"""Terraform and its provider live for seconds: collecting garbage less often saves a
quarter of their CPU time, for a tenth more memory (measured on a plan)."""


def terraform_environment(base: Mapping[str, str], endpoint: Endpoint | None) -> dict[str, str]:
    """Return the environment for Terraform, from the user's own and the endpoint.

    Credentials, proxies and profiles pass unchanged unless the endpoint brings
    keys of its own, as the lab does.
    """
    found = _GARBAGE | {
        name: value
        for name, value in base.items()
        if name not in _MISLEADING and not name.startswith("TF_CLI_ARGS")
    }
    configured = found.get("TF_CLI_CONFIG_FILE")
    if configured and not Path(configured).expanduser().exists():
        # Terraform warns about it on every call, in the middle of its output.
        del found["TF_CLI_CONFIG_FILE"]
    found |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    if endpoint is not None:
        found |= {"AWS_ENDPOINT_URL": endpoint.url, "AWS_EC2_METADATA_DISABLED": "true"}
    if endpoint is not None and endpoint.access_key_id and endpoint.secret_access_key:
        for name in _OWN_CREDENTIALS:
            found.pop(name, None)
        found |= {
            "AWS_ACCESS_KEY_ID": endpoint.access_key_id,
            "AWS_SECRET_ACCESS_KEY": endpoint.secret_access_key,
            # An emulator answers 500 to what it lacks, and the provider would
            # ask again for minutes.
            "AWS_MAX_ATTEMPTS": "3",
        }
    return found
