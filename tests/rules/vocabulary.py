"""Random rules and events over few words, so that they meet: what the targets must agree on."""

import json
import random

from hypothesis import strategies as st

from ops.rules.predicate import And, Exists, Flag, Leaf, Network, Not, Number, Op, Or, Text
from tests.query.records import event

TEXTS = ["CreateUser", "createuser", "CreateRole", "DeleteUser", "", "a%b", "a_b", "axb", "it's", "x!y",
         'q"uote', "back\\slash", "Zoë", "line\nbreak", "Root", "5", "true", "Cre*User"]  # fmt: skip
PIECES = ["", "Create", "User", "e", "a%", "_b", "'", "!", "\\", '"', "ë", "\n", "x", "R", "CREATE"]
GLOBS = [
    "Cr*",
    "*User",
    "*eate*",
    "Cr*User",
    "a?b",
    "*",
    "a%*",
    "*_b",
    r"Cre\*User",
    "?*",
    "Cr**r",
    "**",
]
EXPRESSIONS = [
    "^Create",
    r"[A-Z]\w+r$",
    "e(r|w)",
    "User|Role",
    r"\d",
    "^$",
    "a.b",
    "line.break",
    "[^a-z]$",
]
NUMBERS = [0, 5, -3, 7.5, 1000, 1e3]
ADDRESSES = [
    "10.0.0.1",
    "10.255.0.9",
    "192.0.2.77",
    "2001:db8::1",
    "ec2.amazonaws.com",
    "10.0.0.256",
    "AWS Internal",
]
NETWORKS = ["10.0.0.0/8", "192.0.2.64/26", "0.0.0.0/0", "10.0.0.1/32"]

COLUMNS = ["eventName", "userAgent", "errorCode", "userIdentity.type"]
INSIDE = ["requestParameters.name", "requestParameters.deep.name", "additionalEventData.name"]
COUNT, SWITCH, READ_ONLY, ADDRESS = (
    "requestParameters.count",
    "requestParameters.switch",
    "readOnly",
    "sourceIPAddress",
)
TAGS, ITEMS = (
    "requestParameters.tags",
    ["requestParameters.items.name", "requestParameters.items.kind"],
)


def events(seed, count):
    """Return the texts of some records. Fields are there, null or absent."""
    dice = random.Random(seed)

    def chosen(*values):
        return dice.choice([*values, *values, None, ...])

    def made(**fields):
        found = {name: value for name, value in fields.items() if value is not ...}
        return dice.choice([found] * 6 + [None, ...])

    def item():
        return {"name": dice.choice(TEXTS), "kind": dice.choice(TEXTS)}

    return [
        changed(
            eventName=chosen(*TEXTS), userAgent=chosen(*TEXTS), errorCode=chosen(*TEXTS),
            userIdentity=made(type=chosen(*TEXTS)), readOnly=chosen(True, False),
            sourceIPAddress=chosen(*ADDRESSES), additionalEventData=made(name=chosen(*TEXTS)),
            requestParameters=made(
                name=chosen(*TEXTS), deep=made(name=chosen(*TEXTS)), count=chosen(*NUMBERS),
                switch=chosen(True, False, "true", "false"),
                tags=chosen([], dice.sample(TEXTS, 2), dice.sample(TEXTS, 1)),
                items=chosen([], [item()], [item(), item()]),
            ),
        )
        for _ in range(count)
    ]  # fmt: skip


def changed(**fields):
    """Return a record in which some fields are set, or taken away with `...`."""
    record = json.loads(event("X"))
    for name, value in fields.items():
        record.pop(name, None)
        if value is not ...:
            record[name] = value
    return json.dumps(record)


def leaves(paths, tests, *, many=False, negated=None):
    given = st.booleans() if negated is None else st.just(negated)
    keys = st.sampled_from(paths).map(lambda path: tuple(path.split(".")))
    return st.builds(Leaf, keys, tests, given, st.just(many))


def texts(ops, words, cased=None):
    given = st.booleans() if cased is None else st.just(cased)
    return st.builds(Text, st.sampled_from(ops), st.sampled_from(words), given)


AFFIXES = [Op.PREFIX, Op.SUFFIX, Op.CONTAINS]
NUMERIC = st.builds(Number, st.sampled_from(["=", "<", "<=", ">", ">="]), st.sampled_from(NUMBERS))
FLAGS = st.builds(Flag, st.booleans())
EXISTS = st.just(Exists())
ANY_TEXT = (
    texts([Op.EQUALS], TEXTS)
    | texts(AFFIXES, PIECES)
    | texts([Op.WILDCARD], GLOBS)
    | texts([Op.REGEX], EXPRESSIONS)
)
EVERY_LEAF = (
    leaves(COLUMNS + INSIDE, ANY_TEXT | EXISTS)
    | leaves([TAGS, *ITEMS], ANY_TEXT | EXISTS, many=True)
    | leaves([COUNT], NUMERIC | EXISTS)
    | leaves([SWITCH, READ_ONLY], FLAGS | EXISTS)
    | leaves([ADDRESS], st.builds(Network, st.sampled_from(NETWORKS)))
)
PLAIN = [one for one in TEXTS if "*" not in one and one.isprintable() and not {*'"\\'} & {*one}]
EXPRESSIBLE_BY_CLOUDWATCH = (
    leaves(COLUMNS + INSIDE, texts([Op.EQUALS], PLAIN, cased=True)
           | texts(AFFIXES, ["Create", "User", "", "a%"], cased=True)
           | texts([Op.WILDCARD], ["Cr*", "*User", "*eate*", "*"], cased=True) | EXISTS)
    | leaves([COUNT], NUMERIC | EXISTS)
    | leaves([SWITCH, READ_ONLY], FLAGS | EXISTS)
)  # fmt: skip
_EB_TEXTS = (
    texts([Op.EQUALS], TEXTS) | texts([Op.CONTAINS], PIECES, cased=True)
    | texts([Op.WILDCARD], [one for one in GLOBS if "?" not in one], cased=True)
)  # fmt: skip
EXPRESSIBLE_BY_EVENTBRIDGE = (
    leaves(COLUMNS + INSIDE, _EB_TEXTS | EXISTS)
    | leaves(COLUMNS + INSIDE, texts([Op.PREFIX, Op.SUFFIX], PIECES), negated=False)
    | leaves([TAGS, ITEMS[0]], _EB_TEXTS | EXISTS, many=True, negated=False)
    | leaves([COUNT], NUMERIC | EXISTS)
    | leaves([SWITCH, READ_ONLY], FLAGS, negated=False)
    | leaves([ADDRESS], st.builds(Network, st.sampled_from(NETWORKS)), negated=False)
)


def every_leaf():
    """Return all tests of texts there are, on a column and inside a record, and all the others."""
    words = {
        Op.EQUALS: TEXTS,
        Op.WILDCARD: GLOBS,
        Op.REGEX: EXPRESSIONS,
        **dict.fromkeys(AFFIXES, PIECES),
    }
    tests = [Text(op, word, cased) for op in words for word in words[op] for cased in (True, False)]
    found = [(path, test) for path in (COLUMNS[0], INSIDE[1]) for test in [*tests, Exists()]]
    found += [(COUNT, Number(sign, one)) for sign in ("=", "<", "<=", ">", ">=") for one in NUMBERS]
    found += [(path, Flag(value=value)) for path in (SWITCH, READ_ONLY) for value in (True, False)]
    found += [(ADDRESS, Network(one)) for one in NETWORKS]
    return [Leaf(tuple(path.split(".")), test) for path, test in found]


def trees(leaf, *, negations=True):
    """Return rules made of some leaves."""

    def above(inner):
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return (
            st.builds(And, parts)
            | st.builds(Or, parts)
            | (st.builds(Not, inner) if negations else st.nothing())
        )

    return st.recursive(leaf, above, max_leaves=6)
