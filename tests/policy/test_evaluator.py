"""The evaluator itself, against what the IAM User Guide says."""

import pytest

from .conditions import UnsupportedError, arn_like, holds
from .evaluator import Caller, Decision, Request, decide

ARN = "arn:aws:s3:::logs/a"
ALLOW, DENIED, NOBODY = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY
ME = Caller(arn="arn:aws:iam::111111111111:role/me", organization="o-mine")
SERVICE = Caller(service="cloudtrail.amazonaws.com")


def a_policy(effect="Allow", **elements):
    statement = {"Effect": effect, "Action": "s3:*", "Resource": "*", **elements}
    return {"Version": "2012-10-17", "Statement": [statement]}


def ask(caller=ME, action="s3:GetObject", owner="111111111111", resource=ARN, **context):
    return Request(caller, action, resource, owner, context)


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "matches"),
    [
        # Of an absent key: positive operators fail, negated ones match.
        ("StringEquals", "a", None, False),
        ("StringLike", "*", None, False),
        ("ArnLike", "arn:aws:s3:::*", None, False),
        ("ArnEquals", "arn:aws:s3:::*", None, False),
        ("Bool", "false", None, False),
        ("StringNotEquals", "a", None, True),
        ("StringNotLike", "*", None, True),
        ("ArnNotLike", "arn:aws:s3:::*", None, True),
        ("ArnNotEquals", "arn:aws:s3:::*", None, True),
        # IfExists matches an absent key whatever the operator: it does not spare negated ones.
        ("StringEqualsIfExists", "a", None, True),
        ("BoolIfExists", "false", None, True),
        ("StringNotEqualsIfExists", "a", None, True),
        ("StringNotEqualsIfExists", "a", "a", False),
        ("BoolIfExists", "false", "true", False),
        # Several values of a policy are alternatives; a negated operator wants none of them.
        ("StringEquals", ["a", "b"], "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        (
            "ArnNotLike",
            ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"],
            "arn:aws:iam::1:role/b",
            False,
        ),
        # Cases and wildcards.
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringLike", "a*", "ab", True),
        ("StringLike", "a?", "ab", True),
        ("StringLike", "a?", "a", False),
        ("StringLike", "[a]", "a", False),
        ("Bool", "false", "False", True),
        ("ArnEquals", "arn:aws:events:*:1:rule/x-*", "arn:aws:events:eu-west-1:1:rule/x-y", True),
        (
            "ArnLike",
            "arn:aws:events:*:rule/x",
            "arn:aws:events:eu-west-1:1:rule/x",
            UnsupportedError,
        ),
        ("ArnLike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/y/x", False),
        ("ArnLike", "arn:aws:iam::1:*", "no ARN", False),
        # Null asks whether a key is absent.
        ("Null", "true", None, True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("Null", "false", None, False),
        # Keys with several values.
        ("ForAnyValue:StringEquals", "a", ("a", "b"), True),
        ("ForAnyValue:StringEquals", "c", ("a", "b"), False),
        ("ForAnyValue:StringEquals", "a", None, False),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", "a", ("a", "b"), False),
        ("ForAllValues:StringEquals", "a", None, True),
        # What is not implemented is refused.
        ("StringEquals", "a", ("a", "b"), UnsupportedError),
        ("NumericEquals", "1", "1", UnsupportedError),
        ("ForSomeValues:StringEquals", "a", "a", UnsupportedError),
        ("StringEquals", "${aws:username}", "a", UnsupportedError),
        ("StringLike", "${aws:username}", "a", UnsupportedError),
    ],
)
def test_a_condition_operator_means_what_aws_documents(operator, wanted, actual, matches):
    context = {} if actual is None else {"aws:key": actual}
    condition = {operator: {"aws:Key": wanted}}
    if matches is UnsupportedError:
        with pytest.raises(UnsupportedError):
            holds(condition, context)
    else:
        assert holds(condition, context) is matches


def test_all_operators_and_all_keys_of_a_condition_must_match():
    condition = {"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": "true"}}
    assert holds(condition, {"a": "1", "b": "2", "c": "true"})
    for wrong in ("a", "b", "c"):
        assert not holds(condition, {"a": "1", "b": "2", "c": "true", wrong: "0"})


def test_a_wildcard_crosses_slashes_but_no_colon_before_the_last_part():
    assert arn_like("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/a/b:c")
    assert arn_like("arn:*:s3:::logs", "arn:aws-cn:s3:::logs")
    assert not arn_like("arn:aws:s3*:::logs", "arn:aws:s3:eu-west-1::logs")
    assert not arn_like("arn:aws:iam::1:role/*", "arn:aws:iam::12:role/a")


@pytest.mark.parametrize(
    ("elements", "applies"),
    [
        ({"Action": "S3:getobject"}, True),
        ({"Action": "s3:Get*"}, True),
        ({"Action": ["s3:PutObject", "s3:*Object"]}, True),
        ({"Action": "s3:PutObject"}, False),
        ({"Action": "s3:GetObjectVersion"}, False),
        ({"Resource": "arn:aws:s3:::logs/*"}, True),
        ({"Resource": "arn:aws:s3:::LOGS/*"}, False),
        ({"Resource": "arn:aws:s3:::logs"}, False),
    ],
)
def test_actions_ignore_case_and_resources_do_not(elements, applies):
    outcome = decide(ask(), identity=(a_policy(**elements),))
    assert outcome is (ALLOW if applies else NOBODY)


def test_not_action_and_not_resource_mean_everything_else():
    def others(**left_out):
        return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **left_out}]}

    assert decide(ask(), identity=(others(NotAction="s3:Put*", Resource="*"),)) is ALLOW
    assert decide(ask(), identity=(others(NotAction="s3:Get*", Resource="*"),)) is NOBODY
    elsewhere = others(Action="*", NotResource="arn:aws:s3:::other/*")
    here = others(Action="*", NotResource="arn:aws:s3:::logs/*")
    assert decide(ask(), identity=(elsewhere,)) is ALLOW
    assert decide(ask(), identity=(here,)) is NOBODY


def test_an_explicit_deny_in_any_policy_wins():
    everything, nothing = a_policy(), a_policy("Deny")
    open_to_all = a_policy(Principal="*")
    assert decide(ask(), identity=(everything,)) is ALLOW
    assert decide(ask(), identity=(everything, nothing)) is DENIED
    assert decide(ask(), identity=(everything,), scps=(nothing,)) is DENIED
    assert decide(ask(), identity=(everything,), rcps=(a_policy("Deny", Principal="*"),)) is DENIED
    closed = a_policy("Deny", Principal="*")
    assert decide(ask(), identity=(everything,), resource_policy=closed) is DENIED
    assert decide(ask(), resource_policy=open_to_all) is ALLOW


@pytest.mark.parametrize(
    ("principal", "granted", "owner", "action", "outcome"),
    [
        # In one account either side is enough, except that an account named delegates.
        ("role", False, "same", "s3:GetObject", ALLOW),
        (None, True, "same", "s3:GetObject", ALLOW),
        ("account", False, "same", "s3:GetObject", NOBODY),
        ("account", True, "same", "s3:GetObject", ALLOW),
        # Across accounts both sides must agree.
        ("role", False, "other", "s3:GetObject", NOBODY),
        (None, True, "other", "s3:GetObject", NOBODY),
        ("role", True, "other", "s3:GetObject", ALLOW),
        ("account", True, "other", "s3:GetObject", ALLOW),
        # A key's and a role's own policy decides, also in one account.
        (None, True, "same", "kms:Decrypt", NOBODY),
        ("account", True, "same", "kms:Decrypt", ALLOW),
        ("account", False, "same", "kms:Decrypt", NOBODY),
        ("role", False, "same", "kms:Decrypt", ALLOW),
        (None, True, "same", "sts:AssumeRole", NOBODY),
        ("role", False, "same", "sts:AssumeRole", ALLOW),
    ],
)
def test_who_must_agree_depends_on_the_account_and_the_service(
    principal, granted, owner, action, outcome
):
    names = {"role": ME.arn, "account": "arn:aws:iam::111111111111:root"}
    resource_policy = (
        a_policy(Action="*", Principal={"AWS": names[principal]}) if principal else None
    )
    identity = (a_policy(Action="*"),) if granted else ()
    account = "111111111111" if owner == "same" else "222222222222"
    request = ask(action=action, owner=account)
    assert decide(request, identity=identity, resource_policy=resource_policy) is outcome


def test_an_account_can_be_named_by_its_id_alone():
    policy = a_policy(Principal={"AWS": "111111111111"})
    assert decide(ask(), identity=(a_policy(),), resource_policy=policy) is ALLOW
    other = a_policy(Principal={"AWS": "222222222222"})
    assert (
        decide(ask(owner="222222222222"), identity=(a_policy(),), resource_policy=other) is NOBODY
    )


def test_a_service_needs_to_be_named_and_everyone_includes_it():
    named = a_policy(Principal={"Service": "cloudtrail.amazonaws.com"})
    assert decide(ask(SERVICE), resource_policy=named) is ALLOW
    assert decide(ask(Caller(service="s3.amazonaws.com")), resource_policy=named) is NOBODY
    assert decide(ask(SERVICE), resource_policy=a_policy("Deny", Principal="*")) is DENIED
    assert decide(ask(SERVICE), resource_policy=a_policy("Deny", Principal={"AWS": "*"})) is DENIED
    assert decide(ask(SERVICE), identity=(a_policy(),)) is NOBODY


def test_an_anonymous_caller_needs_a_policy_for_everyone():
    anybody = Caller()
    assert decide(ask(anybody), resource_policy=a_policy(Principal="*")) is ALLOW
    assert decide(ask(anybody), resource_policy=a_policy(Principal={"AWS": ME.arn})) is NOBODY


def test_the_root_user_may_everything_in_its_account_that_nothing_denies():
    root = Caller(arn="arn:aws:iam::111111111111:root")
    assert decide(ask(root)) is ALLOW
    assert decide(ask(root, owner="222222222222")) is NOBODY
    assert decide(ask(root), scps=(a_policy("Deny"),)) is DENIED


def test_service_control_policies_bind_members_only():
    nothing, everything = a_policy("Deny"), (a_policy(),)
    linked = Caller(arn="arn:aws:iam::111111111111:role/aws-service-role/x/y")
    management = Caller(arn=ME.arn, management=True)
    assert decide(ask(linked), identity=everything, scps=(nothing,)) is ALLOW
    assert decide(ask(management), identity=everything, scps=(nothing,)) is ALLOW
    named = a_policy(Principal={"Service": "cloudtrail.amazonaws.com"})
    assert decide(ask(SERVICE), resource_policy=named, scps=(nothing,)) is ALLOW


def test_resource_control_policies_bind_everyone_but_service_linked_roles():
    nothing, everything = a_policy("Deny", Principal="*"), (a_policy(),)
    linked = Caller(arn="arn:aws:iam::111111111111:role/aws-service-role/x/y")
    named = a_policy(Principal={"Service": "cloudtrail.amazonaws.com"})
    assert decide(ask(linked), identity=everything, rcps=(nothing,)) is ALLOW
    assert decide(ask(), identity=everything, rcps=(nothing,)) is DENIED
    assert decide(ask(SERVICE), resource_policy=named, rcps=(nothing,)) is DENIED


@pytest.mark.parametrize(
    ("caller", "key", "value"),
    [
        (ME, "aws:PrincipalIsAWSService", "false"),
        (SERVICE, "aws:PrincipalIsAWSService", "true"),
        (Caller(), "aws:PrincipalIsAWSService", None),
        (ME, "aws:PrincipalOrgID", "o-mine"),
        (Caller(arn=ME.arn), "aws:PrincipalOrgID", None),
        (SERVICE, "aws:PrincipalOrgID", None),
        (ME, "aws:PrincipalArn", ME.arn),
        (ME, "aws:PrincipalAccount", "111111111111"),
        (SERVICE, "aws:PrincipalArn", None),
        (Caller(), "aws:SecureTransport", "true"),
    ],
)
def test_a_caller_brings_the_condition_keys_aws_sets(caller, key, value):
    assert ask(caller).keys.get(key.lower()) == value


@pytest.mark.parametrize(
    "policy",
    [
        # Also where the statement would not apply to the request at all.
        a_policy(Action="sns:Publish", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        a_policy(NotPrincipal={"AWS": "*"}),
        a_policy(Principal={"Federated": "x"}),
        a_policy(Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
        a_policy(Resource="arn:aws:s3:::${aws:username}/*"),
        {**a_policy(), "Version": "2008-10-17"},
    ],
)
def test_what_the_evaluator_does_not_know_is_refused(policy):
    with pytest.raises(UnsupportedError):
        decide(ask(), resource_policy=policy)
