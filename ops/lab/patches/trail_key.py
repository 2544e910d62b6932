"""A trail stores its key's own ARN, and a key that does not exist is refused.

The emulator stores whatever it is given. On AWS an alias comes back as the
key's ARN: Terraform then wants to write the alias again at every plan.

Source: CloudTrail API Reference, "CreateTrail" (KmsKeyId, and
KmsKeyNotFoundException).
"""

from typing import Any

from moto.cloudtrail.models import CloudTrailBackend
from moto.core.exceptions import JsonRESTError
from moto.kms.models import Key, KmsBackend, kms_backends

from ops.lab.graft import graft

_POSITION = 9
"""Where the emulator's create_trail has the key, after the name."""


def apply() -> None:
    """Resolve the key when a trail is created or updated."""

    def create_trail(self: CloudTrailBackend, name: str, *args: Any) -> Any:
        resolved = list(args)
        resolved[_POSITION] = _arn(self, args[_POSITION])
        return create(self, name, *resolved)

    def update_trail(self: CloudTrailBackend, *args: Any, **kwargs: Any) -> Any:
        return update(self, *args, **{**kwargs, "kms_key_id": _arn(self, kwargs["kms_key_id"])})

    create = graft(CloudTrailBackend, "create_trail", create_trail)
    update = graft(CloudTrailBackend, "update_trail", update_trail)


def _arn(trails: CloudTrailBackend, name: str | None) -> str | None:
    """Return a key's ARN from its ARN, id or alias, of any account; None for no key."""
    if not name:
        return name
    parts = name.split(":") if name.startswith("arn:") else []
    region, account = (parts[3], parts[4]) if parts else (trails.region_name, trails.account_id)
    # A look-up in the emulator would bring an unknown account or region into being.
    keys = dict(dict(kms_backends).get(account, {})).get(region)
    found = _key(keys, name) if keys else None
    if found is None:
        raise JsonRESTError("KmsKeyNotFoundException", f"KMS key {name} does not exist.")
    return str(found.arn)


def _key(keys: KmsBackend, name: str) -> Key | None:
    alias = keys.get_alias_name(name)
    if alias.startswith("alias/"):
        return next((key for key in keys.keys.values() if alias in key.aliases), None)
    return keys.keys.get(keys.get_key_id(name))
