"""Synthesized stacks by hand, a Terraform that follows a scenario, and a lab."""

import json
import os
import stat
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops import cli, config
from ops import lab as labs
from ops.config import LandingZone
from ops.deploy import program, stacks, synth
from ops.deploy.environment import terraform_environment
from ops.deploy.interrupt import Interrupt
from ops.deploy.plan import Action, Change, StackPlan
from ops.deploy.runner import Deployment
from ops.deploy.terraform import Setting, Terraform
from ops.endpoint import Endpoint
from ops.errors import AwsError
from tests.conftest import ROOT, ZONES

FAKE = Path(__file__).with_name("fake_terraform.py")
MANAGEMENT, ARCHIVE, OTHER = "111111111111", "222222222222", "333333333333"


def a_stack(account=MANAGEMENT, *, needs=(), resources=(), outputs=(), variables=()):
    """Return what a test says of a stack, as `synthesized` takes it."""
    return {
        "account": account,
        "needs": needs,
        "resources": resources,
        "outputs": outputs,
        "variables": variables,
    }


def landing_zone():
    """Return the stacks most tests use: an archive, a trail that needs its key, an island."""
    return {
        "organization": a_stack(resources=["aws_organizations_policy.guardrail"]),
        "log-archive": a_stack(
            ARCHIVE,
            needs=["organization"],
            resources=["aws_kms_key.key", "aws_s3_bucket.archive"],
            outputs=["archive_key_arn"],
        ),
        "trail": a_stack(
            needs=["log-archive"],
            resources=["aws_cloudtrail.trail", "aws_sns_topic.alarms"],
            variables=["archive_key_arn"],
        ),
        "island": a_stack(OTHER, resources=["aws_sns_topic.alone"]),
    }


def synthesized(directory, described, state="../../../state"):
    """Write stacks as the CDK does."""
    manifest = {"stacks": {}}
    for name, one in described.items():
        where = directory / "stacks" / name
        where.mkdir(parents=True, exist_ok=True)
        manifest["stacks"][name] = {
            "name": name,
            "synthesizedStackPath": f"stacks/{name}/cdk.tf.json",
            "workingDirectory": f"stacks/{name}",
            "dependencies": list(one["needs"]),
        }
        resource: dict = {}
        for address in one["resources"]:
            kind, _, label = address.partition(".")
            resource.setdefault(kind, {})[label] = {}
        document = {
            "provider": {"aws": [{"region": "us-east-1", "allowed_account_ids": [one["account"]]}]},
            "terraform": {"backend": {"local": {"path": f"{state}/{name}.tfstate"}}},
            "resource": resource,
            "output": {output: {"value": "x"} for output in one["outputs"]},
            "variable": {variable: {"type": "string"} for variable in one["variables"]},
        }
        whole = {key: block for key, block in document.items() if block}
        (where / "cdk.tf.json").write_text(json.dumps(whole))
    (directory / "manifest.json").write_text(json.dumps(manifest))


@dataclass
class Reachable:
    """Accounts that can be reached, but for some."""

    closed: set[str] = field(default_factory=set)

    def check(self, account):
        if account in self.closed:
            raise AwsError(f"assuming role in account {account} was denied", hint="trust policy")


@dataclass
class Prepared:
    """An organisation that lacks some steps."""

    account: str = MANAGEMENT
    lacking: tuple[str, ...] = ()

    def plan(self):
        if not self.lacking:
            return None
        changes = tuple(Change(step, "call", Action.ADD) for step in self.lacking)
        return StackPlan("organisation set-up", MANAGEMENT, "us-east-1", changes, changed=True)

    def apply(self):
        done, self.lacking = self.lacking, ()
        return done


class Bench:
    """A deployment on a directory, whose Terraform follows a scenario."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.accounts = Reachable()
        self.preparation = Prepared()
        self.interrupt = Interrupt()
        self.events: list = []
        self.listen = self.events.append
        self.scenario()
        self.stacks(landing_zone())

    def scenario(self, **said):
        (self.directory / "scenario.json").write_text(json.dumps(said))

    def stacks(self, described):
        synthesized(self.directory / "cdktf.out", described)

    def deployment(self):
        environment = {**os.environ, "FAKE_TERRAFORM": str(self.directory)}
        setting = Setting(
            program=program.Program(
                (sys.executable, "-I", "-S", str(FAKE)), "Terraform", "1.11.4", "linux_amd64"
            ),
            mirror=None,
            environment=terraform_environment(environment, None),
            directory=self.directory,
            state_directory=self.directory / "state",
            provider_version="5.100.0",
            interrupt=self.interrupt,
            listen=self.listen,
        )
        return Deployment(
            stacks.read(self.directory / "cdktf.out"),
            terraform=lambda stack: Terraform(stack, setting),
            accounts=self.accounts,
            preparation=self.preparation,
            interrupt=self.interrupt,
            listen=self.listen,
        )

    def apply(self, *wanted, approve=None, allowed=()):
        return self.deployment().apply(wanted, approve=approve, allowed=allowed)

    def destroy(self, *wanted, approve=None, allowed=()):
        return self.deployment().destroy(wanted, approve=approve, allowed=allowed)

    def plan(self, *wanted):
        return self.deployment().plan(wanted)

    def calls(self, command=None):
        """Return the stacks of the calls so far, of one command or as (stack, command)."""
        lines = (self.directory / "calls.jsonl").read_text().splitlines()
        found = [(one["stack"], one["arguments"][0]) for one in map(json.loads, lines)]
        return found if command is None else [stack for stack, word in found if word == command]

    def held(self, stack):
        """Return the resources a stack's state holds."""
        file = self.directory / "state" / f"{stack}.tfstate"
        return json.loads(file.read_text())["resources"] if file.exists() else []


@pytest.fixture
def bench(tmp_path):
    """A deployment of four stacks, whose Terraform follows a scenario."""
    return Bench(tmp_path)


def statuses(outcome):
    """Return what became of every stack, by name."""
    return {result.stack: result.status.value for result in outcome.results}


def a_program(path: Path, body: str) -> Path:
    """Write an executable Python script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


APP = """
import os, shutil, sys
from pathlib import Path
if "{0}" == "broken":
    sys.exit("config.yaml: trail.name: no\\nconfig/example.yaml shows every field")
shutil.copytree("{0}", os.environ["CDKTF_OUTDIR"], dirs_exist_ok=True)
"""


class CommandLine:
    """`ops deploy`, called or as a process, on hand-written stacks and against the lab."""

    def __init__(self, directory: Path, home: Path, config: Path) -> None:
        self.directory = directory
        self.config = config
        self.app = directory / "app.py"
        self.environment = {**os.environ, "ATALAYA_HOME": str(home)}
        self.environment.pop("TF_CLI_CONFIG_FILE", None)
        self.home = home

    def stacks(self, described):
        synthesized(self.directory / "out", described, state=f"{self.directory}/state")
        self.stacks_written()

    def stacks_written(self):
        self.app.write_text(APP.format(self.directory / "out"))

    def fake_terraform(self, **scenario):
        (self.directory / "scenario.json").write_text(json.dumps(scenario))
        program = self.directory / "terraform"
        program.write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
        program.chmod(0o755)
        self.environment |= {
            "ATALAYA_TERRAFORM": str(program),
            "FAKE_TERRAFORM": str(self.directory),
        }

    def words(self, *arguments):
        driver = str(Path(__file__).with_name("driver.py"))
        config = ("--config", str(self.config))
        return [
            sys.executable,
            driver,
            str(self.app),
            "deploy",
            arguments[0],
            *config,
            *arguments[1:],
        ]

    def run(self, *arguments):
        """Call it in this process: to load everything anew takes longer than what it does."""
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(ROOT)
            patch.setattr(synth, "APP", self.app)
            for name in os.environ.keys() - self.environment.keys():
                patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            code = cli.run(self.words(*arguments)[3:])
        return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())

    def start(self, *arguments, **more):
        """Start it as a process of its own, that signals and terminals reach."""
        return subprocess.Popen(
            self.words(*arguments),
            cwd=ROOT,
            env=self.environment | {"PYTHONPATH": str(ROOT)},
            start_new_session=True,
            text=True,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **more,
            },
        )


@dataclass
class Emulator:
    """A running lab, the home it lies in, and the landing zone it was made for."""

    home: Path
    config: Path
    zone: LandingZone
    endpoint: Endpoint


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """A lab of the smallest landing zone."""
    home = tmp_path_factory.mktemp("home")
    path = ZONES / "minimal.yaml"
    zone = config.load(path)
    directory = home / zone.name / "lab"
    found = labs.up(zone, directory)
    yield Emulator(
        home,
        path,
        zone,
        Endpoint(found.endpoint, found.access_key_id, found.secret_access_key),
    )
    labs.down(directory)


@pytest.fixture
def command_line(lab, tmp_path):
    """`ops deploy` on four stacks, whose Terraform follows a scenario."""
    found = CommandLine(tmp_path, lab.home, lab.config)
    found.stacks(landing_zone())
    found.fake_terraform()
    return found
