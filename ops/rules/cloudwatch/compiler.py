"""From a rule's predicate to a filter pattern, or a refusal that says why not."""

import re

from ops.errors import PatternError, Refusal
from ops.rules import glob, regex
from ops.rules.cloudwatch.parser import parsed
from ops.rules.cloudwatch.pattern import (
    ANYTHING,
    LONGEST,
    REGEXES,
    All,
    Any,
    Compared,
    Condition,
    Is,
    NotExists,
    Pattern,
    Regex,
    Selector,
    Sign,
    Word,
    expressions,
    written,
)
from ops.rules.predicate import (
    And,
    Flag,
    Leaf,
    Network,
    Not,
    Number,
    Op,
    Or,
    Predicate,
    Text,
    pushed,
)

TARGET = "a CloudWatch Logs filter pattern"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_OPPOSITE: dict[Sign, Sign] = {"=": "!=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_GAPS = (glob.Gap.RUN,)


def compiled(tree: Predicate, *, narrow_case: bool = False) -> Pattern:
    """Return a pattern that matches what a predicate holds for; raise Refusal if none does.

    With `narrow_case` a test that any case passes becomes one for the case it is written
    in: the one narrowing there is, and only if it is asked for.
    """
    pattern = _compiled(pushed(tree), narrow_case=narrow_case)
    text = written(pattern)
    if len(text) > LONGEST:
        raise _no(f"it would have {len(text):,} characters, and at most {LONGEST:,} may be")
    if (count := expressions(pattern)) > REGEXES:
        raise _no(f"it would hold {count} regular expressions, and at most {REGEXES} may be")
    return parsed(text)


def _no(reason: str) -> Refusal:
    return Refusal(TARGET, reason)


def _compiled(tree: Predicate, *, narrow_case: bool) -> Pattern:
    match tree:
        case And() | Or():
            if not tree.parts:
                raise _no("a condition without parts has no form there")
            parts = tuple(_compiled(one, narrow_case=narrow_case) for one in tree.parts)
            if len(parts) == 1:
                return parts[0]
            return All(parts) if isinstance(tree, And) else Any(parts)
        case Leaf():
            return _leaf(tree, narrow_case=narrow_case)
        case Not():
            return _compiled(pushed(tree), narrow_case=narrow_case)


def _leaf(leaf: Leaf, *, narrow_case: bool) -> Pattern:
    selector = _selector(leaf)
    if isinstance(leaf.test, Text):
        value = _text(leaf.test, narrow_case=narrow_case)
        found: tuple[Condition, ...] = (Compared(selector, "!=" if leaf.negated else "=", value),)
    elif isinstance(leaf.test, Number):
        sign = _OPPOSITE[leaf.test.sign] if leaf.negated else leaf.test.sign
        found = (Compared(selector, sign, leaf.test.value),)
    elif isinstance(leaf.test, Flag):
        found = _flag(selector, value=leaf.test.value, negated=leaf.negated)
    elif isinstance(leaf.test, Network):
        raise _no(f"it knows no networks ({leaf.test.cidr})")
    else:
        found = () if leaf.negated else _exists(selector)
    if leaf.negated:
        found = (NotExists(selector), Is(selector, "NULL"), *found)
    return found[0] if len(found) == 1 else Any(found)


def _flag(selector: Selector, *, value: bool, negated: bool) -> tuple[Condition, ...]:
    """Return what a truth value is: one of JSON, or the text that CloudTrail writes for some."""
    text = Compared(selector, "!=" if negated else "=", Word("true" if value else "false"))
    return Is(selector, "TRUE" if value != negated else "FALSE"), text


def _exists(selector: Selector) -> tuple[Condition, ...]:
    """Return what there may be. `= *` is for texts and numbers."""
    return Compared(selector, "=", ANYTHING), Is(selector, "TRUE"), Is(selector, "FALSE")


def _selector(leaf: Leaf) -> Selector:
    path = ".".join(leaf.path)
    if leaf.many:
        raise _no(f"{path} leads through a list, and a selector names one element of a list only")
    for key in leaf.path:
        if not _NAME.fullmatch(key):
            raise _no(
                f"a selector cannot name {key!r}: letters, digits, '-' and '_' are all it takes"
            )
    return Selector(leaf.path)


def _text(test: Text, *, narrow_case: bool) -> Word | Regex:
    if not test.cased and not narrow_case:
        raise _no(f"it tells upper from lower case, and {test.value!r} is meant in any")
    match test.op:
        case Op.REGEX:
            return _regex(test.value)
        case Op.WILDCARD:
            return _wild(test.value)
        case op:
            before, after = op in (Op.SUFFIX, Op.CONTAINS), op in (Op.PREFIX, Op.CONTAINS)
            return _word(test.value, before=before, after=after)


def _word(text: str, *, before: bool, after: bool) -> Word:
    if '"' in text or "\\" in text or not text.isprintable():
        raise _no(f"AWS does not document how {text!r} is written in quotes")
    if text.startswith("*") or text.endswith("*"):
        raise _no(f"a * at an end of {text!r} would stand for anything")
    return ANYTHING if not text and (before or after) else Word(text, before, after)


def _wild(text: str) -> Word:
    pieces = glob.parsed(text)
    before, after = pieces[:1] == _GAPS, len(pieces) > 1 and pieces[-1:] == _GAPS
    inside = pieces[before : len(pieces) - after]
    if any(isinstance(one, glob.Gap) for one in inside):
        raise _no(f"wildcards stand at the ends of a text only, not as in {text!r}")
    return _word("".join(str(one) for one in inside), before=before, after=after)


def _regex(text: str) -> Regex:
    try:
        regex.compiled(text, groups=False)
        parsed(f"{{ $.x = %{text}% }}")
    except PatternError as error:
        raise _no(f"of the regular expression {text!r}: {error.problem}") from error
    return Regex(text)
