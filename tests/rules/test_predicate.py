"""What a rule means in one record: lists, null, and negation."""

import pytest

from ops.errors import PatternError
from ops.rules import glob
from ops.rules.predicate import And, Exists, Flag, Leaf, Network, Not, Number, Op, Or, Text, pushed

RECORD = {
    "eventName": "CreateUser", "errorCode": None, "readOnly": False, "empty": "",
    "resources": [{"ARN": "arn:a"}, {"ARN": "arn:b", "accountId": "1"}],
    "requestParameters": {"count": 7, "flag": "true", "names": ["x", "y"], "policy": {"Effect": "Allow"}},
}  # fmt: skip


def leaf(path, test, *, negated=False):
    return Leaf(tuple(path.split(".")), test, negated)


HOLDS = [
    ("eventName", Text(Op.EQUALS, "CreateUser")),
    ("eventName", Text(Op.EQUALS, "createuser", cased=False)),
    ("eventName", Text(Op.PREFIX, "Create")),
    ("eventName", Text(Op.PREFIX, "CREATE", cased=False)),
    ("eventName", Text(Op.SUFFIX, "User")),
    ("eventName", Text(Op.CONTAINS, "ateU")),
    ("eventName", Text(Op.WILDCARD, "Cr*Us?r")),
    ("eventName", Text(Op.REGEX, "^Create(User|Role)$")),
    ("eventName", Text(Op.REGEX, "^create", cased=False)),
    ("eventName", Exists()),
    ("empty", Exists()),
    ("readOnly", Flag(value=False)),
    ("requestParameters.flag", Flag(value=True)),
    ("requestParameters.count", Number(">", 6)),
    ("requestParameters.count", Number("=", 7)),
    ("requestParameters.count", Text(Op.EQUALS, "7")),
    ("resources.ARN", Text(Op.EQUALS, "arn:b")),
    ("requestParameters.names", Text(Op.EQUALS, "y")),
    ("requestParameters.policy", Text(Op.CONTAINS, '"Effect":"Allow"')),
]
HOLDS_NOT = [
    ("eventName", Text(Op.EQUALS, "createuser")),
    ("eventName", Text(Op.PREFIX, "User")),
    ("eventName", Text(Op.WILDCARD, "Cr*Us")),
    ("errorCode", Text(Op.CONTAINS, "")),
    ("errorCode", Exists()),
    ("missing", Text(Op.EQUALS, "")),
    ("missing.deeper", Exists()),
    ("eventName.deeper", Exists()),
    ("readOnly", Flag(value=True)),
    ("eventName", Number("<", 5)),
    ("requestParameters.names", Text(Op.EQUALS, "z")),
    ("resources.ARN.x", Exists()),
]


@pytest.mark.parametrize(("path", "test"), HOLDS)
def test_a_test_holds_and_its_negation_does_not(path, test):
    assert leaf(path, test).holds(RECORD)
    assert not leaf(path, test, negated=True).holds(RECORD)


@pytest.mark.parametrize(("path", "test"), HOLDS_NOT)
def test_what_is_absent_or_null_or_other_makes_a_test_false_and_its_negation_true(path, test):
    assert not leaf(path, test).holds(RECORD)
    assert leaf(path, test, negated=True).holds(RECORD)


@pytest.mark.parametrize(
    ("address", "cidr", "inside"),
    [("10.1.2.3", "10.0.0.0/8", True), ("11.1.2.3", "10.0.0.0/8", False),
     ("2001:db8::1", "2001:db8::/32", True), ("10.0.0.1", "2001:db8::/32", False),
     ("ec2.amazonaws.com", "0.0.0.0/0", False), ("010.0.0.1", "10.0.0.0/8", False)],
)  # fmt: skip
def test_an_address_lies_in_a_network_and_a_service_in_none(address, cidr, inside):
    assert leaf("ip", Network(cidr)).holds({"ip": address}) == inside


def test_a_network_that_is_none_is_said_to_be_none():
    with pytest.raises(PatternError, match=r"'10\.0\.0\.1/8' is no network"):
        leaf("ip", Network("10.0.0.1/8")).holds({"ip": "10.0.0.1"})


def test_negation_goes_down_to_the_leaves():
    one, other = leaf("a", Exists()), leaf("b", Exists())
    assert pushed(Not(And((one, Not(Or((one, other))))))) == Or(
        (leaf("a", Exists(), negated=True), Or((one, other)))
    )
    assert pushed(Not(Not(one))) == one


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [("a*b*c", "a12b34c", True), ("a*b*c", "acb", False), ("?", "", False), ("*", "", True),
     (r"a\*", "a*", True), (r"a\*", "ab", False), (r"a\b", r"a\b", True), (r"\\*", r"\x", True),
     ("*a", "aab", False), ("", "", True), ("", "a", False), ("?b*", "abc", True)],
)  # fmt: skip
def test_a_text_with_gaps_fits_as_a_whole(pattern, text, fits):
    assert glob.matches(glob.parsed(pattern), text) == fits


def test_many_gaps_do_not_make_a_long_text_slow():
    assert not glob.matches(glob.parsed("*a" * 30 + "b"), "a" * 50_000)
