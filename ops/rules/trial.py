"""Whether every target of a rule finds what its events say it must find.

A filter pattern is tried both ways AWS may read `!=` of an absent field. A target that says
something else fails, unless the rule declares the difference; a declared difference that is
none fails, too.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from ops.errors import PatternError, Refusal
from ops.rules import cloudwatch, eventbridge
from ops.rules.examples import Example
from ops.rules.model import Dialect
from ops.rules.predicate import Record
from ops.rules.rule import Correlation, Detection, Target
from ops.rules.targets import Renderer

PREDICATE = "rule"
"""What stands for the rule's own logic among the targets."""
TRIED = (PREDICATE, *(one for one in Target if one is not Target.ATHENA))
"""Athena is given the same SQL as DuckDB, and asking it costs money."""
_FILTERS = (Target.CLOUDWATCH, *Dialect)
Asked = Callable[[Detection, Sequence[Example]], Collection[int]]
"""Returns the lines in which a rule's SQL finds something; raises Refusal."""


class Status(StrEnum):
    """How a target did."""

    AGREES = "agrees"
    DECLARED = "differs as declared"
    REFUSED = "refused"
    ABSENT = "not prescribed"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a target."""

    line: int | None
    """Of the events file; None if it is about no event."""
    words: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a target of a rule did."""

    target: str
    status: Status
    reason: str = ""
    """Why it refused."""
    faults: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """How a rule did."""

    rule: Detection
    examples: int
    results: tuple[Result, ...] = field(hash=False)
    missing: str = ""
    """What is wrong with its events."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.missing and all(one.status is not Status.FAILED for one in self.results)


def tried(
    rule: Detection, examples: Sequence[Example], renderer: Renderer, asked: Asked, *, strict: bool
) -> Trial:
    """Try a rule's events on every target; `strict` wants refusals to be declared."""
    results = tuple(_tried(rule, examples, renderer, asked, target, strict) for target in TRIED
                    if target != PREDICATE or not isinstance(rule, Correlation))  # fmt: skip
    missing = "" if examples else "it has no events to be tried on"
    return Trial(rule, len(examples), results, missing)


def _tried(  # noqa: PLR0917  # one caller
    rule: Detection, examples: Sequence[Example], renderer: Renderer, asked: Asked, target: str,
    strict: bool,  # noqa: FBT001
) -> Result:  # fmt: skip
    try:
        readings = _readings(rule, examples, renderer, asked, target)
    except (Refusal, PatternError) as error:
        return _refused(rule, target, error, strict)
    if target in rule.said.refuses:
        words = "the rule says that this target refuses it, and it does not"
        return Result(target, Status.FAILED, "", (Flaw(None, words),))
    faults = tuple(_faults(rule, examples, readings, target))
    declared = any(one.target == target for one in rule.said.differences)
    status = Status.FAILED if faults else Status.DECLARED if declared else Status.AGREES
    return Result(target, status, "", faults)


def _refused(rule: Detection, target: str, error: Exception, strict: bool) -> Result:  # noqa: FBT001
    reason = getattr(error, "reason", str(error))
    if target not in rule.said.prescribed and target in tuple(Dialect):
        return Result(target, Status.ABSENT)
    words = rule.said.refuses.get(target, "")
    undeclared = target not in rule.said.refuses and strict and not isinstance(rule, Correlation)
    if undeclared or words not in reason:
        expected = f"the rule expects {words!r}" if words else "the rule does not say so"
        return Result(
            target, Status.FAILED, reason, (Flaw(None, f"refused: {reason}; {expected}"),)
        )
    return Result(target, Status.REFUSED, reason)


def _faults(
    rule: Detection, examples: Sequence[Example], readings: Sequence[Collection[int]], target: str
) -> Iterator[Flaw]:
    declared = {one.event for one in rule.said.differences if one.target == target}
    for one in examples:
        answers = {one.line in found for found in readings}
        differs = answers != {one.expected}
        if differs and one.line not in declared:
            verb = "does not find" if one.expected else "finds"
            yield Flaw(
                one.line, f"{verb} what it should{'' if one.expected else ' not'}: {one.why}"
            )
        elif not differs and one.line in declared:
            yield Flaw(one.line, "a difference is declared, and there is none")
    for line in sorted(declared - {one.line for one in examples}):
        yield Flaw(line, "a difference is declared of an event that is not there")


def _readings(
    rule: Detection, examples: Sequence[Example], renderer: Renderer, asked: Asked, target: str
) -> list[Collection[int]]:
    """Return in which lines a target finds something, in each way it may be read."""
    if target == Target.DUCKDB:
        return [asked(rule, examples)]
    if isinstance(rule, Correlation):
        renderer.text(rule, Target(target))  # an alarm counts over time, which no pattern tells
        return [{one.line for one in examples if one.expected}]
    if target == PREDICATE:
        return [_lines(examples, rule.predicate.holds)]
    text = renderer.text(rule, Target(target))
    if target in _FILTERS:
        pattern = cloudwatch.parsed(text)
        ways = [partial(cloudwatch.matches, pattern, absent_differs=way) for way in (False, True)]
        return [_lines(examples, way) for way in ways]
    fields = eventbridge.parsed(text)
    return [_lines(examples, lambda one: eventbridge.matches(fields, eventbridge.enveloped(one)))]


def _lines(examples: Sequence[Example], holds: Callable[[Record], bool]) -> set[int]:
    return {one.line for one in examples if any(map(holds, one.records))}
