"""Sigma's detections: every modifier and every form of a condition that public AWS rules use.

Meaning as in the Sigma specification 2.1, "Modifiers appendix" and "Sigma Rules".
"""

import pytest
import yaml
from hypothesis import given, settings

from ops.rules.predicate import And, Exists, Flag, Leaf, Network, Not, Number, Op, Text
from tests.rules import sigma_files as files
from tests.rules import vocabulary as v
from tests.rules.test_agreement import EVENTS

NAME = {"eventName": "CreateUser", "userIdentity": {"type": "IAMUser", "userName": "ann"}}


def named(name):
    return {"eventName": name}


def asked(value):
    return {"requestParameters": {"x": value}}


LISTS = {"buckets": ["logs", "More*"], "none": []}
ROWS = [
    # Each row: detection, the records it finds, the records it does not.
    # Values.
    ("s: {eventName: CreateUser}\ncondition: s", [named("CreateUser"), named("createuser")], [named("CreateUsers"), {}, named(None)]),
    ("s: {eventName|cased: CreateUser}\ncondition: s", [named("CreateUser")], [named("createuser")]),
    ("s: {eventName: [A, B]}\ncondition: s", [named("A"), named("b")], [named("AB")]),
    ("s: {eventName: A, userIdentity.type: IAMUser}\ncondition: s", [{**NAME, "eventName": "A"}], [named("A"), NAME]),
    ("s: {requestParameters.x: 5}\ncondition: s", [asked(5), asked("5"), asked(5.0)], [asked("05x"), asked(6)]),
    ("s: {requestParameters.x: 0123}\ncondition: s", [asked("0123")], [asked(83), asked("83")]),
    ("s: {requestParameters.x: 2.5}\ncondition: s", [asked(2.5)], [asked(2)]),
    ("s: {requestParameters.x: true}\ncondition: s", [asked(True), asked("true")], [asked(False), asked("True")]),
    ("s: {requestParameters.x: null}\ncondition: s", [{}, asked(None), {"requestParameters": None}], [asked(""), asked(0)]),
    ("s: {requestParameters.x: ''}\ncondition: s", [asked("")], [{}, asked("a")]),
    ("s: {eventName: [A, null]}\ncondition: s", [named("A"), {}], [named("B")]),
    # Wildcards and escapes.
    ("s: {eventName: 'Create*'}\ncondition: s", [named("CreateUser"), named("create")], [named("XCreate")]),
    ("s: {eventName: '*User'}\ncondition: s", [named("CreateUser")], [named("UserX")]),
    ("s: {eventName: 'C*e?U*'}\ncondition: s", [named("Create-User")], [named("CreateUser")]),
    ("s: {eventName: '*'}\ncondition: s", [named("A"), named("")], [{}, named(None)]),
    (r"s: {requestParameters.x: 'a\*b'}" + "\ncondition: s", [asked("a*b")], [asked("axb"), asked(r"a\*b")]),
    (r"s: {requestParameters.x: 'a\?'}" + "\ncondition: s", [asked("a?")], [asked("ab")]),
    (r"s: {requestParameters.x: 'a\\*'}" + "\ncondition: s", [asked("a\\b"), asked("a\\")], [asked("a*"), asked("ab")]),
    (r"s: {requestParameters.x: 'a\b'}" + "\ncondition: s", [asked(r"a\b")], [asked("ab")]),
    # Modifiers.
    ("s: {eventName|contains: te}\ncondition: s", [named("CreateUser"), named("DELETE")], [named("User")]),
    ("s: {eventName|contains|all: [Cre, User]}\ncondition: s", [named("CreateUser")], [named("CreateRole")]),
    ("s: {eventName|startswith: [Create, Put]}\ncondition: s", [named("PutX"), named("createX")], [named("XPut")]),
    ("s: {eventName|startswith|cased: Create}\ncondition: s", [named("CreateX")], [named("createX")]),
    ("s: {eventName|cased|endswith: User}\ncondition: s", [named("XUser")], [named("Xuser"), named("UserX")]),
    ("s: {eventName|re: '^(Get|List)[A-Z]'}\ncondition: s", [named("GetX")], [named("getX"), named("XGetX")]),
    ("s: {eventName|re|i: '^get'}\ncondition: s", [named("GETX")], [named("XGET")]),
    ("s: {eventName|re: '(?i)^get'}\ncondition: s", [named("GETX")], [named("XGET")]),
    ("s: {requestParameters.x|re|s: '^a.b$'}\ncondition: s", [asked("a\nb"), asked("axb")], [asked("ab")]),
    ("s: {requestParameters.x|re: '^a.b$'}\ncondition: s", [asked("axb")], [asked("a\nb")]),
    ("s: {requestParameters.x|re|m: 'a[.]b'}\ncondition: s", [asked("a.b")], [asked("a-b")]),
    ("s: {requestParameters.x|re|i|s: 'a[^.]b'}\ncondition: s", [asked("A-B")], [asked("a.b")]),
    ("s: {sourceIPAddress|cidr: [10.0.0.0/8, '2001:db8::/32']}\ncondition: s", [{"sourceIPAddress": "10.1.2.3"}, {"sourceIPAddress": "2001:db8::1"}], [{"sourceIPAddress": "11.0.0.1"}, {"sourceIPAddress": "iam.amazonaws.com"}]),
    ("s: {errorCode|exists: true}\ncondition: s", [{"errorCode": "x"}], [{}, {"errorCode": None}]),
    ("s: {errorCode|exists: false}\ncondition: s", [{}], [{"errorCode": "x"}]),
    ("s: {requestParameters.x|gt: 5}\ncondition: s", [asked(6), asked("7")], [asked(5), asked("x"), {}]),
    ("s: {requestParameters.x|gte: 5}\ncondition: s", [asked(5)], [asked(4)]),
    ("s: {requestParameters.x|lt: 5.5}\ncondition: s", [asked(5)], [asked(6)]),
    ("s: {requestParameters.x|lte: 5}\ncondition: s", [asked(5)], [asked(6)]),
    ("s: {eventName|neq: A}\ncondition: s", [named("B"), {}], [named("A")]),
    ("s: {requestParameters.x|expand: '%buckets%'}\ncondition: s", [asked("logs"), asked("LOGS"), asked("more*")], [asked("MoreX"), asked("%buckets%")]),
    ("s: {requestParameters.x|expand|cased: 'arn:%buckets%/a'}\ncondition: s", [asked("arn:logs/a")], [asked("arn:Logs/a")]),
    ("s: {requestParameters.x|contains|expand: '%buckets%'}\ncondition: s", [asked("my-logs-1")], [asked("other")]),
    ("s: {eventName: A}\nf: {requestParameters.x|expand: '%none%'}\ncondition: s and not f", [named("A")], [named("B")]),
    ("s: {eventName: A}\nf: {requestParameters.x|expand: '%unheard%'}\ncondition: s and f", [], [named("A")]),
    ("s: {requestParameters.x|base64: foo}\ncondition: s", [asked("Zm9v")], [asked("foo")]),
    ("s: {requestParameters.x|base64offset|contains: foo}\ncondition: s", [asked("eGZvbw=="), asked("Zm9v")], [asked("foo")]),
    ("s: {requestParameters.x|wide|base64: ab}\ncondition: s", [asked("YQBiAA==")], [asked("ab")]),
    ("s: {requestParameters.x|utf16|base64: ab}\ncondition: s", [asked("//5hAGIA")], [asked("YQBiAA==")]),
    ("s: {requestParameters.x|windash|contains: ' -enc'}\ncondition: s", [asked("p -enc"), asked("p /enc")], [asked("p enc")]),
    # Selections.
    ("s: [{eventName: A}, {eventName: B, errorCode: x}]\ncondition: s", [named("A"), {"eventName": "B", "errorCode": "x"}], [named("B")]),
    ("s: [secret, Token]\ncondition: s", [asked("a-SECRET-b"), {"userAgent": "token"}], [asked("x")]),
    ("s: secret\ncondition: s", [asked("secret")], [asked("x")]),
    ("s: {'|contains|all': [one, two]}\ncondition: s", [{"a": "one", "b": "two"}], [{"a": "one"}]),
    ("s: {'|re': 'k[0-9]y'}\ncondition: s", [{"a": {"b": "k5y"}}], [{"a": "key"}]),
    ("s: ['a*z', 17]\ncondition: s", [{"x": "a", "y": "z"}, {"n": 17}], [{"x": "q"}]),
    # Conditions.
    ("s: {eventName: A}\nf: {errorCode: x}\ncondition: s and not f", [named("A")], [{"eventName": "A", "errorCode": "x"}]),
    ("s: {eventName: A}\nt: {errorCode: x}\ncondition: s or t", [named("A"), {"errorCode": "x"}], [{}]),
    ("s: {eventName: A}\nt: {errorCode: x}\nu: {eventSource: z}\ncondition: not (s or t) and not not u", [{"eventSource": "z"}], [{"eventSource": "z", "errorCode": "x"}, {}]),
    ("s: {eventName: A}\nt: {errorCode: x}\nu: {eventSource: z}\ncondition: s or t and u", [named("A"), {"errorCode": "x", "eventSource": "z"}], [{"errorCode": "x"}]),
    ("s: {eventName: A}\nt: {errorCode: x}\ncondition: 1 of them", [named("A"), {"errorCode": "x"}], [{}]),
    ("s: {eventName: A}\nt: {errorCode: x}\ncondition: any of them", [named("A")], [{}]),
    ("s: {eventName: A}\nt: {errorCode: x}\ncondition: all of them", [{"eventName": "A", "errorCode": "x"}], [named("A")]),
    ("selection_a: {eventName: A}\nselection_b: {errorCode: x}\nother: {a: b}\ncondition: all of selection*", [{"eventName": "A", "errorCode": "x"}], [{"errorCode": "x"}]),
    ("selection: {eventName: A}\nfilter_a: {errorCode: x}\nfilter_b: {errorCode: y}\ncondition: selection and not 1 of filter_*", [named("A")], [{"eventName": "A", "errorCode": "y"}]),
    ("a1: {eventName: A}\na2: {errorCode: x}\ncondition: any of a*", [{"errorCode": "x"}], [{}]),
    ("s: {eventName: A}\nt: {errorCode: x}\ncondition: [s, t]", [named("A"), {"errorCode": "x"}], [{}]),
    ("s: {eventName: A}\nt: {errorCode: x}\ncondition: S OR t".replace("S OR", "s or"), [named("A")], [{}]),
    # Paths through lists.
    ("s: {resources.ARN|endswith: ':b'}\ncondition: s", [{"resources": [{"ARN": "a:a"}, {"ARN": "a:b"}]}], [{"resources": []}, {"resources": [{"ARN": "a:c"}]}]),
]  # fmt: skip


@pytest.mark.parametrize(("detection", "yes", "no"), ROWS)
def test_a_detection_finds_what_sigma_means(tmp_path, detection, yes, no):
    tree = files.predicate(tmp_path, detection, lists=LISTS)
    assert [one for one in yes if not tree.holds(one)] == []
    assert [one for one in no if tree.holds(one)] == []


def test_every_modifier_of_pysigma_is_tried_or_refused_in_a_test():
    from sigma.modifiers import modifier_mapping  # the list to compare ours with

    told = " ".join([*(row[0] for row in ROWS), *(row[0] for row in REFUSED)])
    same = {"ignorecase": "i", "multiline": "m", "dotall": "s", "utf16be": "utf16"}
    untold = {one for one in modifier_mapping if f"|{same.get(one, one)}" not in told}
    assert not untold


REFUSED = [
    # Each row: detection, words of the reason.
    ("s: {a|fieldref: b}\ncondition: s", "fieldref compares two fields of a record (a and b)"),
    *((f"s: {{eventTime|{one}: 5}}\ncondition: s", f"asks for the {one} of eventTime")
      for one in ("minute", "hour", "day", "week", "month", "year")),
    ("s: {a|re: '(?=x)'}\ncondition: s", "Regular expression '(?=x)' is invalid"),
    ("s: {a|re: '\\bx'}\ncondition: s", "is not one that every target reads"),
    ("s: {a|re: 'x('}\ncondition: s", "Regular expression 'x(' is invalid"),
    ("s: {a|re|m: '^x'}\ncondition: s", "edges of lines"),
    ("s: {a|re|expand: 'x%buckets%'}\ncondition: s", "cannot stand in a regular expression"),
    ("s: {a|cidr: 10.0.0.1/8}\ncondition: s", "Invalid CIDR"),
    ("s: {a|shout: b}\ncondition: s", "Unknown modifier 'shout'"),
    ("s: {a|gt: b}\ncondition: s", "incompatible to value type"),
    ("s: {a|exists: maybe}\ncondition: s", "incompatible to value type"),
    ("s: {a|base64: 'b*'}\ncondition: s", "wildcards is not allowed"),
    ("s: {a: b}\ncondition: t", "Detection 't' not defined"),
    ("s: {a: b}\ncondition: 1 of t*", "doesn't match any detection"),
    ("s: {a: b}\ncondition: s and", "Expected"),
    ("s: {a: b}\ncondition: s | count() > 5", "write a correlation"),
    ("s: {a: b}\ntimeframe: 5m\ncondition: s", "timeframe belongs to conditions that count"),
    ("s: {a: b}\ncondition: ''", "detection.condition: must be a text"),
    ("s: {a: b}\ncondition: 5", "detection.condition: must be a text"),
    ("s: {a: b}\ncondition: " + "(" * 30 + "s" + ")" * 30, "parentheses lie deeper than"),
    ("s: {a: b}\ncondition: s" + " and s" * 900, "at most 4,000 characters"),
    ("s: {a: b}", "detection has no condition"),
    ("s: {a: {b: c}}\ncondition: s", "not a mapping"),
    ("s: {a: [[b]]}\ncondition: s", "not a list"),
    ("s: {a: []}\ncondition: s", "the list is empty"),
    ("s: {a: 2024-01-01}\ncondition: s", "not a date"),
    ("s: {a: .nan}\ncondition: s", "number"),
    ("s: {}\ncondition: s", "detection.s: is empty"),
    ("s: null\ncondition: s", "detection.s: is empty"),
    ("s: [null]\ncondition: s", "null is looked for in a field"),
    ("s: [{a: b}, word]\ncondition: s", "mixes fields and words"),
    ("s: {a..b: c}\ncondition: s", "'a..b' is no field of a record"),
    ("s: {\"a'b\": c}\ncondition: s", "is no field of a record"),
    ("s: {5: c}\ncondition: s", "the field 5 must be a text"),
    ("5: {a: b}\ncondition: '5'", "the name 5 in detection must be a text"),
]  # fmt: skip


@pytest.mark.parametrize(("detection", "words"), REFUSED)
def test_what_is_not_taken_is_refused_with_file_line_and_reason(tmp_path, detection, words):
    reason = files.refusal(tmp_path, files.text(detection))
    assert reason.startswith("a-test.yml, line ")
    assert words in reason


def test_a_mistake_names_its_line(tmp_path):
    detection = "s:\n  a: b\n  c: {d: e}\ncondition: s"
    assert files.refusal(tmp_path, files.text(detection)).startswith(
        "a-test.yml, line 9: detection.s: c:"
    )


def test_a_list_may_be_as_long_as_the_largest_organisation(tmp_path):
    accounts = [f"{one:012}" for one in range(10_000)]
    detection = "s: {requestParameters.x|contains|expand|cased: '%all%:%no%'}\ncondition: s"
    tree = files.predicate(tmp_path, detection, lists={"all": accounts, "no": ["a", "b"]})
    assert tree.holds(asked("x000000009999:b"))
    assert not tree.holds(asked("x000000010000:b"))


def as_sigma(tree):
    """Return a detection that says what a tree says."""
    found = {}

    def condition(node):
        match node:
            case Leaf():
                name = f"s{len(found)}"
                found[name] = dict([item(node)])
                return f"not {name}" if node.negated else name
            case Not():
                return f"not ({condition(node.part)})"
        word = " and " if isinstance(node, And) else " or "
        return f"({word.join(map(condition, node.parts))})"

    text = condition(tree)
    return {**found, "condition": text}


def item(leaf):
    field, test = ".".join(leaf.path), leaf.test
    match test:
        case Text(Op.REGEX):
            return (f"{field}|re" if test.cased else f"{field}|re|i"), test.value
        case Text():
            word = {Op.PREFIX: "|startswith", Op.SUFFIX: "|endswith", Op.CONTAINS: "|contains"}
            plain = "".join(f"\\{one}" if one in "*?\\" else one for one in test.value)
            value = test.value if test.op is Op.WILDCARD else plain
            return f"{field}{word.get(test.op, '')}{'|cased' if test.cased else ''}", value
        case Number():
            word = {"<": "|lt", "<=": "|lte", ">": "|gt", ">=": "|gte"}
            return f"{field}{word.get(test.sign, '')}", test.value
        case Flag():
            return field, test.value
        case Network():
            return f"{field}|cidr", test.cidr
        case Exists():
            return f"{field}|exists", True


@settings(max_examples=60, deadline=None)
@given(v.trees(v.EVERY_LEAF))
def test_what_is_written_as_sigma_is_read_as_the_same(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("sigma")
    detection = yaml.safe_dump(as_sigma(tree), allow_unicode=True, width=10_000)
    read = files.predicate(folder, detection)
    for event in EVENTS.values():
        assert read.holds(event) == tree.holds(event)
