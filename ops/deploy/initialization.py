"""`terraform init` for one stack, run only when something it depends on changed.

Terraform's working data lies outside the synthesized directory and outlives it.
The dependency lock file is kept beside the state: it belongs to what is
deployed, and one made from a mirror holds this platform's checksum only.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.deploy import provider
from ops.deploy.program import Program
from ops.deploy.stacks import Stack
from ops.errors import DeployError, SetupError

LOCK_FILE = ".terraform.lock.hcl"
_NO_PROVIDER = (
    "Failed to query available provider packages",
    "Failed to install provider",
    "Could not retrieve the list of available versions",
    "could not connect to registry",
    "Invalid provider registry host",
)


@dataclass(frozen=True, slots=True)
class Initialization:
    """What a stack's init depends on, and whether it has been done."""

    stack: Stack
    data: Path
    """Terraform's working data (TF_DATA_DIR)."""
    lock_file: Path
    """Where the dependency lock file is kept."""
    program: Program
    mirror: Path | None
    provider_version: str

    def is_done(self) -> bool:
        """Whether an earlier init still holds; puts the lock file where Terraform reads it."""
        self._bring_lock_file()
        try:
            return self._marker().read_text(encoding="utf-8") == self._fingerprint()
        except FileNotFoundError:
            return False

    def arguments(self) -> list[str]:
        """Return the options of init."""
        options = [f"-plugin-dir={self.mirror}"] if self.mirror else []
        return [*options, "-upgrade"] if self._locks_another_version() else options

    def done(self) -> None:
        """Remember that init has been done, and keep the lock file it wrote."""
        written = self.stack.directory / LOCK_FILE
        if written.exists():
            shutil.copyfile(written, self.lock_file)
        self._marker().write_text(self._fingerprint(), encoding="utf-8")

    def failure(self, said: Sequence[str], log: Path) -> DeployError | SetupError:
        """Return the error for a failed init."""
        where = f"the whole output is in {log}"
        text = "\n".join(line for line in said if line.strip())
        if any(sign in " ".join(text.split()) for sign in _NO_PROVIDER):
            source = f"from {self.mirror}" if self.mirror else f"from {self.program.registry}"
            return SetupError(
                f"{self.stack.name}: the AWS provider {self.provider_version} for "
                f"{self.program.platform} could not be obtained {source}.",
                hint=f"{provider.HINT}; {where}",
            )
        return DeployError(f"{self.stack.name}: terraform init failed: {_gist(text)}", hint=where)

    def _bring_lock_file(self) -> None:
        target = self.stack.directory / LOCK_FILE
        if self.lock_file.exists():
            shutil.copyfile(self.lock_file, target)
        else:
            target.unlink(missing_ok=True)

    def _locks_another_version(self) -> bool:
        try:
            locked = self.lock_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        found = re.search(r'hashicorp/aws" \{\s*version\s*=\s*"([^"]+)"', locked)
        return found is not None and found.group(1) != self.provider_version

    def _marker(self) -> Path:
        return self.data / "initialized"

    def _fingerprint(self) -> str:
        """Return a hash of all that init depends on, and of what it put in place."""
        found = {
            "settings": self.stack.settings,
            "program": self.program.version,
            "mirror": str(self.mirror),
            "lock": self.lock_file.read_text(encoding="utf-8") if self.lock_file.exists() else None,
            "providers": sorted(
                str(path)
                for path in self.data.glob(f"providers/*/hashicorp/aws/*/{self.program.platform}")
                if path.exists()
            ),
        }
        return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def _gist(text: str) -> str:
    """Return the error's paragraph, without what Terraform said before it."""
    at = text.find("Error: ")
    return text[at:].strip() if at >= 0 else text.strip()[-500:]
