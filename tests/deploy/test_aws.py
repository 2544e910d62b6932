"""Calls to AWS: against the lab, and against a server that answers as told."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ops.aws import Aws
from ops.deploy.organization import Call, OrganizationSetup, Step, wanted
from ops.endpoint import Endpoint
from ops.errors import AwsError, DeployError
from tests.deploy.conftest import ARCHIVE, MANAGEMENT

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


@pytest.fixture
def aws(lab):
    return Aws(lab.zone, lab.endpoint)


def changed(zone, **sections):
    """Return a landing zone with other values in some sections."""
    update = {
        name: getattr(zone, name).model_copy(update=values) for name, values in sections.items()
    }
    return zone.model_copy(update=update)


@pytest.fixture
def answering():
    """A server that answers every call with one status and JSON body; returns its endpoint."""
    servers = []

    def serve(status, body):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                name = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                code, told = (status, body) if name not in answers else (200, answers[name])
                text = json.dumps(told).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return Endpoint(f"http://127.0.0.1:{server.server_port}", "AKIA", "secret")

    answers = {}
    serve.answers = answers
    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_each_call_goes_to_the_account_it_names(aws):
    for account in (MANAGEMENT, ARCHIVE):
        assert aws.call(account, "sts", "get_caller_identity")["Account"] == account
        aws.check(account)


def test_accounts_can_be_checked_from_several_threads(lab):
    aws = Aws(lab.zone, lab.endpoint)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(aws.check, [MANAGEMENT, ARCHIVE] * 4))


def test_a_denied_role_names_role_account_reason_and_what_to_check(lab):
    zone = changed(lab.zone, deploy={"role_name": "NoSuchRole"})
    with pytest.raises(AwsError) as caught:
        Aws(zone, lab.endpoint).check(ARCHIVE)
    assert f"arn:aws:iam::{ARCHIVE}:role/NoSuchRole" in str(caught.value)
    assert "AccessDenied" in str(caught.value)
    assert "deploy.role_name" in caught.value.hint


def test_credentials_of_another_account_are_told_apart(lab):
    zone = changed(lab.zone, organization={"management_account": "333333333333"})
    with pytest.raises(AwsError) as caught:
        Aws(zone, lab.endpoint).check("333333333333")
    assert f"of account {MANAGEMENT}" in str(caught.value)
    assert "deploy.management_role_name" in caught.value.hint


def test_an_endpoint_that_nothing_serves_is_named(lab):
    nowhere = Endpoint("http://127.0.0.1:9", "AKIA", "secret")
    with pytest.raises(AwsError) as caught:
        Aws(lab.zone, nowhere).check(MANAGEMENT)
    assert "http://127.0.0.1:9 cannot be reached" in str(caught.value)
    assert "ops lab status" in caught.value.hint


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException"])
def test_expired_credentials_are_told_as_such(lab, answering, code):
    endpoint = answering(400, {"__type": code, "message": "the token is old"})
    with pytest.raises(AwsError) as caught:
        Aws(lab.zone, endpoint).call(MANAGEMENT, "organizations", "list_roots")
    assert "have expired" in str(caught.value)
    assert "aws sso login" in caught.value.hint


def test_missing_credentials_are_an_error_with_a_hint(lab, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AwsError) as caught:
        Aws(lab.zone, Endpoint(lab.endpoint.url)).check(MANAGEMENT)
    assert "AWS_PROFILE" in caught.value.hint


def test_an_unknown_profile_is_an_error_with_a_hint(lab, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(AwsError, match="no-such-profile"):
        Aws(lab.zone, Endpoint(lab.endpoint.url)).check(MANAGEMENT)


def steps(zone):
    return {(step.call, step.subject) for step in wanted(zone)}


def test_policy_types_are_wanted_only_for_guardrails(lab):
    trusted = (Call.TRUSTED_ACCESS, "cloudtrail.amazonaws.com")
    bare = {"protect_archive": False, "targets": []}
    assert steps(changed(lab.zone, guardrails=bare)) == {trusted}
    assert steps(changed(lab.zone, guardrails={**bare, "targets": ["r-mini"]})) == {
        trusted,
        (Call.POLICY_TYPE, SCP),
    }
    assert steps(changed(lab.zone, guardrails={"protect_archive": True})) == {
        trusted,
        (Call.POLICY_TYPE, SCP),
        (Call.POLICY_TYPE, RCP),
    }


def enabled(aws):
    services = aws.call(MANAGEMENT, "organizations", "list_aws_service_access_for_organization")
    (root,) = aws.call(MANAGEMENT, "organizations", "list_roots")["Roots"]
    return {one["ServicePrincipal"] for one in services["EnabledServicePrincipals"]} | {
        one["Type"] for one in root["PolicyTypes"]
    }


def test_what_is_missing_is_enabled_once_and_the_second_time_nothing_is(aws, lab):
    for policy_type in enabled(aws) & {SCP, RCP}:
        aws.call(
            MANAGEMENT, "organizations", "disable_policy_type", RootId="r-mini",
            PolicyType=policy_type,
        )  # fmt: skip
    setup = OrganizationSetup(lab.zone, aws)
    plan = setup.plan()
    assert plan is not None
    assert f"EnablePolicyType {RCP}" in plan.addresses(plan.changes[0].action)
    assert setup.apply() == tuple(change.address for change in plan.changes)
    assert {"cloudtrail.amazonaws.com", SCP, RCP} <= enabled(aws)
    assert setup.plan() is None
    assert setup.apply() == ()


@pytest.mark.parametrize(
    ("step", "command"),
    [
        (Step(Call.TRUSTED_ACCESS, "cloudtrail.amazonaws.com"), "enable-aws-service-access"),
        (Step(Call.POLICY_TYPE, SCP), "enable-policy-type"),
    ],
)
def test_a_denied_set_up_says_which_permission_and_which_command(lab, answering, step, command):
    answering.answers["ListRoots"] = {"Roots": [{"Id": "r-mini", "PolicyTypes": []}]}
    endpoint = answering(400, {"__type": "AccessDeniedException", "Message": "no"})
    setup = OrganizationSetup(lab.zone, Aws(lab.zone, endpoint))
    with pytest.raises(AwsError) as caught:
        setup.enable(step)
    assert "was denied" in str(caught.value)
    assert f"organizations:{step.call.value}" in caught.value.hint
    assert f"aws organizations {command}" in caught.value.hint


def test_throttling_that_does_not_end_is_called_that(lab, answering, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    endpoint = answering(400, {"__type": "ThrottlingException", "Message": "Rate exceeded"})
    aws = Aws(lab.zone, endpoint)
    with pytest.raises(AwsError, match="AWS is asked too often: ThrottlingException") as caught:
        aws.call(MANAGEMENT, "cloudtrail", "lookup_events")
    assert "again later" in caught.value.hint


def test_a_policy_type_is_waited_for_until_it_is_enabled(lab, answering):
    pending = {"Type": SCP, "Status": "PENDING_ENABLE"}
    answering.answers["ListRoots"] = {"Roots": [{"Id": "r-mini", "PolicyTypes": [pending]}]}
    endpoint = answering(500, {})
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            pending["Status"] = "ENABLED"

    OrganizationSetup(lab.zone, Aws(lab.zone, endpoint), sleep).enable(Step(Call.POLICY_TYPE, SCP))
    assert len(slept) == 3


def test_a_policy_type_that_never_comes_is_an_error(lab, answering):
    pending = {"Type": SCP, "Status": "PENDING_ENABLE"}
    answering.answers["ListRoots"] = {"Roots": [{"Id": "r-mini", "PolicyTypes": [pending]}]}
    setup = OrganizationSetup(lab.zone, Aws(lab.zone, answering(500, {})), lambda _: None)
    with pytest.raises(DeployError, match="still not enabled"):
        setup.enable(Step(Call.POLICY_TYPE, SCP))


def test_a_root_the_organisation_does_not_have_is_named(aws, lab):
    zone = changed(lab.zone, organization={"root_id": "r-else"})
    with pytest.raises(DeployError, match="has no root r-else; it has r-mini"):
        OrganizationSetup(zone, aws).missing()
