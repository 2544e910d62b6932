"""Over whole histories, generated and real, every text says what its rule says."""

import gzip
import json
from itertools import chain

import pytest

from ops.errors import Refusal
from ops.lab import history
from ops.rules import catalogue, cloudwatch, eventbridge, examples
from ops.rules.controls import controls
from ops.rules.eventbridge.envelope import enveloped
from ops.rules.rule import Rule, Target
from ops.rules.sql import Columns
from ops.rules.targets import Renderer
from tests.conftest import ROOT
from tests.lab_history.conftest import a_plan

REAL = ROOT.parent / "shared" / "data"
CATALOGUE = catalogue.shipped(examples.LISTS)
PLAIN = [one for one in CATALOGUE.rules if isinstance(one, Rule)]
TEXTS = [(rule, dialect) for rule in controls() for dialect in rule.said.prescribed]


def generated():
    """A day of history, the attack included; of texts that are broken on purpose what JSON reads."""
    for batch in history.made(a_plan()):
        for _, text in chain.from_iterable(file.events for file in batch.files):
            try:
                yield json.loads(text)
            except ValueError:
                continue


def real():
    """The records of published logs, however they lie in their files."""
    for path in sorted(REAL.rglob("*.json*")):
        content = path.read_bytes()
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        try:
            found = json.loads(text)
        except ValueError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        yield from found.get("Records", []) if isinstance(found, dict) else found


@pytest.fixture(scope="module")
def corpus():
    found = [one for one in generated() if isinstance(one, dict)]
    return found + [one for one in real() if isinstance(one, dict)]


@pytest.fixture(scope="module")
def kinds(corpus):
    """A few records of each kind: what rules tell apart by reading on."""
    held = {}
    for one in corpus:
        who = one.get("userIdentity")
        kind = (one.get("eventSource"), one.get("eventName"), one.get("errorCode"),
                who.get("type") if isinstance(who, dict) else None)  # fmt: skip
        held.setdefault(json.dumps(kind), []).append(one)
    return [one for some in held.values() for one in (*some[:2], some[-1])]


def test_there_is_enough_to_tell_rules_apart(corpus, kinds):
    assert len(corpus) > 5_000
    assert len(kinds) > 400


@pytest.mark.parametrize(
    ("rule", "dialect"), TEXTS, ids=[f"{rule.said.name}-{dialect}" for rule, dialect in TEXTS]
)
def test_a_prescribed_text_differs_from_its_logic_only_in_declared_ways(corpus, rule, dialect):
    pattern = cloudwatch.parsed(rule.said.prescribed[dialect])
    declared = {
        (cloudwatch.matches(pattern, record), rule.predicate.holds(record))
        for record in shown(rule, dialect)
    }
    told = {
        (cloudwatch.matches(pattern, record), rule.predicate.holds(record)) for record in corpus
    }
    assert {one for one in told if one[0] != one[1]} <= declared


def shown(rule, target):
    """The events by which a rule shows that a target differs."""
    lines = {one.event for one in rule.said.differences if one.target == target}
    return [example.records[0] for example in examples.beside(catalogue.SHIPPED / f"{rule.said.name}.yml")
            if example.line in lines]  # fmt: skip


@pytest.mark.parametrize("rule", PLAIN, ids=lambda one: one.said.name)
def test_what_a_rule_is_compiled_to_holds_for_the_same_records(kinds, rule):
    renderer = Renderer(Columns())
    meant = [rule.predicate.holds(record) for record in kinds]
    filtered, matched = (
        compiled(renderer, rule, one) for one in (Target.CLOUDWATCH, Target.EVENTBRIDGE)
    )
    if filtered is not None and not rule.said.prescribed:
        pattern = cloudwatch.parsed(filtered)
        assert [cloudwatch.matches(pattern, record) for record in kinds] == meant
    if matched is not None:
        pattern = eventbridge.parsed(matched)
        assert [eventbridge.matches(pattern, enveloped(record)) for record in kinds] == meant


def compiled(renderer, rule, target):
    try:
        return renderer.text(rule, target)
    except Refusal:
        return None
