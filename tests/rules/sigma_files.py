"""Sigma rules as tests write them: a detection in YAML, everything else as usual."""

from textwrap import dedent, indent

from ops.rules import catalogue

HEAD = """\
title: A test
id: 0b0f4b2c-3c4e-4c8f-9a52-0f6f0a7e0001
name: a-test
logsource: {product: aws, service: cloudtrail}
level: low
"""


def text(detection):
    """Return a file's text."""
    return f"{HEAD}detection:\n{indent(dedent(detection).strip(), '  ')}\n"


def opened(folder, content, *, lists=None, name="a-test.yml"):
    """Return the catalogue of a folder with one file more."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8")
    return catalogue.opened(folder, lists)


def predicate(folder, detection, *, lists=None):
    """Return what a detection looks for; it must be taken."""
    found = opened(folder, text(detection), lists=lists)
    assert not found.refused, found.refused
    [rule] = found.rules
    return rule.predicate


def refusal(folder, content, *, lists=None):
    """Return why the one document of a file is refused; it must be."""
    found = opened(folder, content, lists=lists)
    [refused], rules = found.refused, found.rules
    assert not rules
    return refused.reason
