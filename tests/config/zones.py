"""A small right landing zone, and ways to make one thing in it wrong."""

import copy
from typing import Any

import pytest

from ops.config import LandingZone, parse
from ops.errors import ConfigError

RIGHT: dict[str, Any] = {
    "name": "acme",
    "organization": {
        "id": "o-a1b2c3d4e5",
        "root_id": "r-ab12",
        "management_account": "111111111111",
        "log_archive_account": "222222222222",
        "audit_account": "333333333333",
        "units": [{"id": "ou-ab12-11111111", "name": "Security"}],
        "accounts": [
            {"id": "111111111111", "name": "management"},
            {"id": "222222222222", "name": "log-archive", "unit": "ou-ab12-11111111"},
            {"id": "333333333333", "name": "audit"},
        ],
    },
    "regions": {"home": "eu-west-1", "governed": ["eu-west-1", "us-east-1"]},
    "trail": {"name": "organization-trail"},
}


def a_zone(**changes: object) -> dict[str, Any]:
    """Return the right zone with fields set by path: `archive__expire_days=3`."""
    zone = copy.deepcopy(RIGHT)
    for path, value in changes.items():
        *parents, last = path.split("__")
        section = zone
        for parent in parents:
            section = section.setdefault(parent, {})
        section[last] = value
    return zone


def read(data: object) -> LandingZone:
    return parse(data, source="zone.yaml")


def problems(data: object) -> list[str]:
    """Return the problems of a wrong zone; fail if it is taken for right."""
    with pytest.raises(ConfigError) as caught:
        read(data)
    assert str(caught.value) == "\n".join(f"zone.yaml: {one}" for one in caught.value.problems)
    return list(caught.value.problems)
