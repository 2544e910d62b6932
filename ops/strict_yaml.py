"""YAML as files of ours need it: plain values, each written once, bounded.

PyYAML's safe loader still takes a repeated key silently, expands aliases
without limit and has values whose tags fail in odd ways. Here a key stands
once, an alias stands for a single value only, nobody names a tag, and a number
keeps the text it was written as, so that an error can show what stands in the
file. Knows nothing of landing zones, nor of rules.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING or not yaml.__with_libyaml__:
    _SafeLoader = yaml.SafeLoader
else:
    from yaml.composer import Composer
    from yaml.constructor import SafeConstructor
    from yaml.cyaml import CParser
    from yaml.resolver import Resolver

    class _SafeLoader(Composer, CParser, SafeConstructor, Resolver):
        """The safe loader over the parser in C, which is four times as fast."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            for one in (Composer, SafeConstructor, Resolver):
                one.__init__(self)


MAX_BYTES = 1_000_000
"""An organisation of 10,000 accounts fits; a file of another kind is refused early."""
_LONGEST_NUMBER = 100
_TOO_DEEP = "its values are nested too deeply"


class NotYaml(Exception):
    """The file cannot be read as YAML; the text says where and why, in one line."""


class WrittenInt(int):
    """A number that remembers how it was written: `0123` is 83 in YAML."""

    text: str

    def __new__(cls, value: int, text: str) -> "WrittenInt":
        """Make the number `value`, which stands in the file as `text`."""
        made = super().__new__(cls, value)
        made.text = text
        return made


class Keyed(dict[Hashable, Any]):
    """A mapping that remembers in which line of the file each of its keys stands."""

    lines: dict[Hashable, int]


def read(path: Path) -> object:
    """Return a file's one document as plain data; raise OSError or NotYaml."""
    found = documents(path)
    if len(found) > 1:
        raise NotYaml("it holds more than one document")
    return found[0] if found else None


def documents(path: Path) -> list[object]:
    """Return a file's documents as plain data; raise OSError or NotYaml."""
    with path.open("rb") as file:
        found = file.read(MAX_BYTES + 1)
    if len(found) > MAX_BYTES:
        raise NotYaml(f"it is larger than {MAX_BYTES} bytes")
    try:
        loader = _Loader(found.decode("utf-8"))
        read: list[object] = []
        while loader.check_data():  # type: ignore[no-untyped-call]  # PyYAML's stubs
            read.append(loader.get_data())
        return read
    except UnicodeDecodeError as error:
        raise NotYaml(f"byte {error.start + 1} is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        raise NotYaml(_message(error)) from error
    except yaml.reader.ReaderError as error:
        raise NotYaml(f"the character U+{error.character:04X} may not stand in it") from error
    except RecursionError as error:
        raise NotYaml(_TOO_DEEP) from error


def _message(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    words = [part for part in (error.context, error.problem) if part]
    if "nesting depth" in words[-1]:
        return _TOO_DEEP
    return where + ", ".join(" ".join(part.split()) for part in words)


class _Loader(_SafeLoader):
    """The safe loader, stricter."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs
        if isinstance(event, yaml.AliasEvent):
            anchored = self.anchors.get(event.anchor)
            if anchored is not None and not isinstance(anchored, yaml.ScalarNode):
                raise _mistake("an alias may stand for a single value only", event.start_mark)
        elif getattr(event, "tag", None) not in (None, "!"):
            raise _mistake("a tag has no place in this file", event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # a date such as 2026-13-45
            raise _mistake(f"not a value: {error}", node.start_mark) from error


def _mistake(words: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, words, mark)


def _written_int(loader: _Loader, node: yaml.ScalarNode) -> WrittenInt:
    if len(node.value) > _LONGEST_NUMBER:
        raise _mistake("the number is too long; a text stands in quotes", node.start_mark)
    return WrittenInt(loader.construct_yaml_int(node), node.value)


def _once_each(loader: _Loader, node: yaml.MappingNode) -> Keyed:
    found = Keyed()
    found.lines = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _mistake("a key must be a single word", key_node.start_mark)
        key = loader.construct_object(key_node)
        if key in found:
            raise _mistake(f"the key {str(key)[:60]!r} stands twice", key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = key_node.start_mark.line + 1
    return found


_Loader.add_constructor("tag:yaml.org,2002:int", _written_int)
_Loader.add_constructor("tag:yaml.org,2002:map", _once_each)
# Without the signs `<<` and `=`: both are plain words here.
_Loader.yaml_implicit_resolvers = {
    sign: [
        (tag, form) for tag, form in resolvers if tag.rsplit(":", 1)[1] not in ("merge", "value")
    ]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
