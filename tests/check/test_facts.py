"""Texts, policies and selectors, judged one by one."""

import pytest

from ops.deploy.check import filters, statements
from ops.deploy.check.monitoring import squeezed
from ops.rules.controls import controls, number
from ops.rules.model import Dialect

_ORGANIZATIONS_BY_CIS = (
    "{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = AcceptHandshake) || "
    "($.eventName = AttachPolicy)) }"
)


def texts(nth):
    return next(one.said.prescribed for one in controls() if number(one) == nth)


@pytest.mark.parametrize("one", controls(), ids=lambda one: one.said.name)
def test_prowler_takes_one_of_the_texts_of_every_rule(one):
    assert any(filters.prowler_takes(number(one), text) for text in one.said.prescribed.values())


@pytest.mark.parametrize("nth", [13])
def test_prowler_does_not_take_security_hubs_route_table_text(nth):
    assert not filters.prowler_takes(nth, texts(nth)[Dialect.SECURITYHUB])


def test_prowler_does_not_take_a_filter_that_lacks_events():
    assert not filters.prowler_takes(15, _ORGANIZATIONS_BY_CIS)


def test_prowler_does_not_mind_the_order_of_events():
    text = "{($.eventName=ScheduleKeyDeletion) || ($.eventName=DisableKey) && ($.eventSource=kms.amazonaws.com)}"
    assert filters.prowler_takes(7, text)


def test_prowler_does_not_take_a_longer_events_name_for_a_shorter():
    text = texts(13)[Dialect.PROWLER].replace("= CreateRoute)", "= CreateRouteX)")
    assert not filters.prowler_takes(13, text)


def test_prowler_minds_the_order_of_the_root_text():
    text = '{$.eventType !="AwsServiceEvent" && $.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS}'
    assert not filters.prowler_takes(3, text)


def test_white_space_outside_quotes_does_not_matter_and_inside_does():
    assert squeezed('{ ($.a = "x y") }') == squeezed('{($.a="x y")}')
    assert squeezed('{($.a="x y")}') != squeezed('{($.a="xy")}')


def allow(**more):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


BOUND = {"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111111111111:trail/t"}}


@pytest.mark.parametrize(
    ("statement", "everyone"),
    [
        (allow(Principal="*"), True),
        (allow(Principal={"AWS": "*"}), True),
        (allow(Principal={"AWS": ["arn:aws:iam::111111111111:root", "*"]}), True),
        (allow(Principal="*", Condition=BOUND), False),
        (allow(Principal="*", Condition={"StringNotEquals": {"aws:SourceArn": "x"}}), True),
        (allow(Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}), True),
        (allow(Principal={"AWS": "arn:aws:iam::111111111111:root"}), False),
        (allow(Principal={"Service": "cloudtrail.amazonaws.com"}), False),
        (allow(Principal="*") | {"Effect": "Deny"}, False),
    ],
)
def test_a_statement_lets_in_everyone_only_if_it_allows_anybody_unbound(statement, everyone):
    assert statements.allows_everyone(statement) is everyone


@pytest.mark.parametrize(
    ("principal", "strangers"),
    [
        ({"AWS": "arn:aws:iam::111111111111:root"}, False),
        ({"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::999999999999:root"]}, True),
        ({"AWS": "999999999999"}, True),
        ({"Service": "logging.s3.amazonaws.com"}, False),
    ],
)
def test_principals_of_another_account_are_strangers(principal, strangers):
    found = statements.allows_strangers(allow(Principal=principal), "111111111111")
    assert found is strangers
    bound = allow(Principal=principal, Condition=BOUND)
    assert not statements.allows_strangers(bound, "111111111111")


THERE = "arn:aws:iam::999999999999:role/analyst"


@pytest.mark.parametrize(
    ("condition", "strangers"),
    [
        ({"ArnLike": {"aws:PrincipalArn": THERE}}, True),
        ({"ArnLike": {"aws:PrincipalArn": [THERE, THERE.replace("9" * 12, "1" * 12)]}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "111111111111"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "111111111111"}}, True),
    ],
)
def test_a_condition_binds_strangers_to_this_account_the_organisation_or_a_network(
    condition, strangers
):
    statement = allow(Principal={"AWS": "arn:aws:iam::999999999999:root"}, Condition=condition)
    assert statements.allows_strangers(statement, "111111111111") is strangers


@pytest.mark.parametrize(
    ("change", "denies"),
    [
        ({}, True),
        ({"Effect": "Allow"}, False),
        ({"Action": ["s3:GetObject"]}, False),
        ({"Action": ["s3:PutObject", "s3:GetObject"]}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, False),
        ({"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}}, False),
    ],
)
def test_plain_http_is_denied_in_the_one_form_that_scanners_know(change, denies):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert statements.denies_plain_http(statement | change) is denies
