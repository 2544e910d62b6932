import pytest

from ops.deploy.plan import Action, Change, StackPlan, changes
from ops.deploy.protection import judge
from ops.errors import DeployError, Exit, Refused


def document(*found):
    return {
        "resource_changes": [
            {"address": address, "type": address.split(".")[0], "change": {"actions": actions}}
            for address, actions in found
        ]
    }


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create"], Action.ADD),
        (["update"], Action.CHANGE),
        (["delete", "create"], Action.REPLACE),
        (["create", "delete"], Action.REPLACE),
        (["delete"], Action.DESTROY),
        (["forget"], Action.DESTROY),
    ],
)
def test_every_action_of_terraform_has_its_word(actions, action):
    assert changes(document(("aws_sns_topic.a", actions))) == (
        Change("aws_sns_topic.a", "aws_sns_topic", action),
    )


def test_reading_and_doing_nothing_are_no_changes():
    assert changes(document(("data.x.y", ["read"]), ("aws_sns_topic.a", ["no-op"]))) == ()


def test_a_plan_without_resources_has_no_changes():
    assert changes({}) == ()


def test_an_unknown_action_cannot_be_judged_and_is_an_error():
    with pytest.raises(DeployError, match=r"transmute for aws_sns_topic\.a"):
        changes(document(("aws_sns_topic.a", ["transmute"])))


def a_plan(stack, *found):
    return StackPlan(stack, "1" * 12, "us-east-1", changes(document(*found)), changed=True)


PROTECTED = [
    ("log-archive", "aws_s3_bucket.archive"),
    ("log-archive", "aws_s3_bucket.access-logs"),
    ("log-archive", "aws_kms_key.key"),
    ("trail", "aws_cloudtrail.trail"),
    ("standalone-666666666666", "aws_cloudtrail.trail"),
]
UNPROTECTED = [
    ("trail", "aws_kms_key.topic"),
    ("log-archive", "aws_s3_bucket_policy.archive"),
    ("log-archive", "aws_kms_alias.key"),
    ("log-archive", "aws_iam_role.reader"),
]


@pytest.mark.parametrize(("stack", "address"), PROTECTED)
@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
def test_archive_key_and_trail_are_neither_destroyed_nor_replaced(stack, address, actions):
    plan = a_plan(stack, (address, actions))
    with pytest.raises(Refused) as caught:
        judge([plan], [])
    assert caught.value.exit_code is Exit.USAGE
    assert f"{stack}:{address}" in str(caught.value)
    assert caught.value.hint.endswith(f"--allow-destroy {stack}:{address}")
    judge([plan], [address])
    judge([plan], [f"{stack}:{address}"])


@pytest.mark.parametrize(("stack", "address"), PROTECTED)
@pytest.mark.parametrize("actions", [["create"], ["update"]])
def test_they_may_be_made_and_changed(stack, address, actions):
    judge([a_plan(stack, (address, actions))], [])


@pytest.mark.parametrize(("stack", "address"), UNPROTECTED)
def test_what_holds_no_evidence_is_not_protected(stack, address):
    judge([a_plan(stack, (address, ["delete"]))], [])


def test_leave_for_one_is_no_leave_for_another():
    plan = a_plan("log-archive", ("aws_s3_bucket.a", ["delete"]), ("aws_kms_key.k", ["delete"]))
    for allowed in (["aws_s3_bucket.a"], ["trail:aws_kms_key.k", "aws_s3_bucket.a"]):
        with pytest.raises(Refused) as caught:
            judge([plan], allowed)
        assert "aws_kms_key.k" in str(caught.value)
        assert "aws_s3_bucket.a" not in str(caught.value)


def test_everything_refused_is_listed_at_once():
    plans = [a_plan(stack, (address, ["delete"])) for stack, address in PROTECTED]
    with pytest.raises(Refused) as caught:
        judge(plans, [])
    assert caught.value.hint.count("--allow-destroy") == len(PROTECTED)
