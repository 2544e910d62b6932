"""What every stack has: one account, its providers, its state, a range of versions."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modules.cdk import App, Construct, LocalBackend, S3Backend, Stack, Variable, aws, block
from ops import home, names
from ops.config import LandingZone, settings

PROVIDER_RANGE = ">= 5.100.0, < 7.0.0"
"""What the synthesized stacks hold is accepted by every provider in this range."""
TERRAFORM_RANGE = ">= 1.10.0"
KEY_VARIABLE = "archive_key_arn"


class AccountStack(Stack):
    """A stack of one account: its providers, its state and the range of versions."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: LandingZone,
        account: str,
        region: str | None = None,
        needs: Sequence[Stack] = (),
    ) -> None:
        super().__init__(scope, id)
        self.zone = zone
        self.account = account
        self.provider("aws", region or zone.regions.home)
        self._require_versions()
        self._keep_state()
        for stack in needs:
            self.add_dependency(stack)

    def provider(self, id: str, region: str, *, alias: str | None = None) -> Any:
        """Add the provider of one region; every one names the account it may touch."""
        zone = self.zone
        role = names.deploy_role_arn(zone, self.account)
        own_endpoint = zone.deploy.endpoint is not None or None
        return aws.provider.AwsProvider(
            self,
            id,
            alias=alias,
            region=region,
            allowed_account_ids=[self.account],
            assume_role=[block(role_arn=role, session_name=names.stem(zone))] if role else None,
            default_tags=[block(tags={**zone.tags, "managed-by": names.stem(zone)})],
            s3_use_path_style=own_endpoint,
            skip_credentials_validation=own_endpoint,
            skip_metadata_api_check="true" if own_endpoint else None,
        )

    def _allocate_logical_id(self, tf_element: Any) -> str:
        """Name a resource by its path, without the CDK's hash: plans are read by people."""
        return "_".join(str(tf_element.node.path).split("/")[1:])

    def _require_versions(self) -> None:
        self.add_override("terraform.required_version", TERRAFORM_RANGE)
        self.add_override(
            "terraform.required_providers.aws",
            {
                "source": "hashicorp/aws",
                "version": f"{PROVIDER_RANGE}, {self.zone.deploy.provider_version}",
            },
        )

    def _keep_state(self) -> None:
        name = self.node.id
        state = self.zone.deploy.state
        if isinstance(state, settings.S3State):
            S3Backend(
                self,
                bucket=state.bucket,
                key=f"{state.prefix}/{self.zone.name}/{name}.tfstate".lstrip("/"),
                region=state.region,
                encrypt=True,
                kms_key_id=state.kms_key_id,
            )
            # The CDK's own class does not know this argument yet.
            self.add_override("terraform.backend.s3.use_lockfile", value=True)
            if self.zone.deploy.endpoint:
                self.add_override("terraform.backend.s3.use_path_style", value=True)
                self.add_override("terraform.backend.s3.skip_credentials_validation", value=True)
            return
        # Relative to where Terraform runs, so that a stack holds no machine's path.
        runs_in = Path(App.of(self).outdir).resolve() / "stacks" / name
        file = home.state_directory(self.zone).resolve() / f"{name}.tfstate"
        LocalBackend(self, path=os.path.relpath(file, runs_in))

    def archive_key_arn(self) -> str:
        """Return the archive key's ARN: from the config, else by variable."""
        if self.zone.archive.existing_key_arn:
            return self.zone.archive.existing_key_arn
        variable = Variable(
            self,
            KEY_VARIABLE,
            type="string",
            description="The archive key's ARN, put out by the stack log-archive",
        )
        return str(variable.string_value)
