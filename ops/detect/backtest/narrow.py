"""What must hold in a store's columns of an event that a pattern matches: few need be read.

Only a necessary condition: the matcher decides. A column holds the text, or the truth value,
at one path of the record and is null for anything else there. So what is asked of another
type or of no column narrows nothing, which `None` stands for.
"""

from collections.abc import Iterable

from ops.errors import Refusal
from ops.query.tables import FLAG_COLUMNS, TEXT_COLUMNS
from ops.rules.cloudwatch import pattern as cloudwatch
from ops.rules.eventbridge import pattern as eventbridge
from ops.rules.sql import literal

_SPELLED = frozenset('"\\/')
"""Characters that JSON may write otherwise than as themselves, beside those it must."""
Condition = str | None


def of_filter(tree: cloudwatch.Pattern) -> Condition:
    """Return what must hold where a filter pattern matches, `!=` read in either way."""
    match tree:
        case cloudwatch.All():
            return _both(map(of_filter, tree.parts))
        case cloudwatch.Any():
            return any_of(map(of_filter, tree.parts))
        case cloudwatch.NotExists() | cloudwatch.Is(value="NULL"):
            column = TEXT_COLUMNS.get(_path(tree)) or FLAG_COLUMNS.get(_path(tree))
            return f"{column} IS NULL" if column else None
        case cloudwatch.Is():
            flag = FLAG_COLUMNS.get(_path(tree))
            return f"coalesce({flag} = {tree.value.lower()}, false)" if flag else None
        case cloudwatch.Compared():
            return _compared(tree)


def _path(condition: cloudwatch.Condition) -> str:
    return ".".join(map(str, condition.selector.steps))


def _compared(condition: cloudwatch.Compared) -> Condition:
    word, column = condition.value, TEXT_COLUMNS.get(_path(condition))
    if isinstance(word, cloudwatch.Regex):
        return f"{column} IS NOT NULL" if column and condition.sign == "=" else None
    if not isinstance(word, cloudwatch.Word) or word == cloudwatch.ANYTHING:
        return None
    try:
        if column:
            fits = f"coalesce({_fits(column, word)}, false)"
            return fits if condition.sign == "=" else f"NOT {fits}"
        return _mentioned(word.text) if condition.sign == "=" else None
    except Refusal:  # a text that SQL cannot hold
        return None


def _fits(column: str, word: cloudwatch.Word) -> str:
    text = literal(word.text)
    if word.open_before and word.open_after:
        return f"contains({column}, {text})"
    if word.open_before:
        return f"suffix({column}, {text})"
    return f"starts_with({column}, {text})" if word.open_after else f"{column} = {text}"


def _mentioned(text: str) -> Condition:
    r"""Return that a text stands in the record, unless some character is written as \uXXXX."""
    if not text.isascii() or not text.isprintable() or _SPELLED & {*text}:
        return None
    return f"(contains(raw, {literal(text)}) OR contains(raw, '\\u'))"


def of_event(tree: eventbridge.Fields) -> Condition:
    """Return what must hold where an event pattern matches."""
    return _fields(tree, "")


def _fields(tree: eventbridge.Fields, path: str) -> Condition:
    parts = [_field(inner, f"{path}.{key}" if path else key) for key, inner in tree.fields]
    if tree.either:
        parts.append(any_of(_fields(one, path) for one in tree.either))
    return _both(parts)


def _field(inner: eventbridge.Fields | eventbridge.Tests, path: str) -> Condition:
    if isinstance(inner, eventbridge.Fields):
        return _fields(inner, path)
    column = TEXT_COLUMNS.get(path.removeprefix("detail.")) if path.startswith("detail.") else None
    if column is None:
        return None
    try:
        tests = [_tested(column, one) for one in inner.any_of]
    except Refusal:
        return None
    # The column is null of a list, too, and one of its elements may do.
    found = any_of(tests)
    return f"coalesce({found}, true)" if found else None


def _tested(column: str, test: eventbridge.Test) -> Condition:
    match test:
        case eventbridge.Exact(value=str() as text):
            return f"{column} = {literal(text)}"
        case eventbridge.Affix(cased=True):
            name = "starts_with" if test.end == "prefix" else "suffix"
            return f"{name}({column}, {literal(test.text)})"
        case _:
            return None


def _both(parts: Iterable[Condition]) -> Condition:
    return _joined(" AND ", [one for one in parts if one])


def any_of(parts: Iterable[Condition]) -> Condition:
    """Return that one of several must hold."""
    found = list(parts)
    return None if None in found else _joined(" OR ", [one for one in found if one])


def _joined(word: str, parts: Iterable[str]) -> Condition:
    found = list(dict.fromkeys(parts))
    return f"({word.join(found)})" if len(found) > 1 else found[0] if found else None
