"""config/example.yaml is what people copy: complete, commented, right."""

from typing import Any, get_args

import yaml
from pydantic import BaseModel

from ops import deployed_rules
from ops.config import LandingZone, analytics, events, load, rules, settings
from tests.conftest import ROOT

SECTIONS = [one for part in (settings, events, analytics, rules) for one in vars(part).values()]
EXAMPLE = ROOT / "config" / "example.yaml"


def sections(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections in a field's type: itself, or inside a list or union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for inner in get_args(annotation) for one in sections(inner)]


def fields(section: type[BaseModel], path: str = "") -> set[str]:
    found = set()
    for name, field in section.model_fields.items():
        found.add(f"{path}{name}")
        for inner in sections(field.annotation):
            found |= fields(inner, f"{path}{name}.")
    return found


def written(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return {one for item in value for one in written(item, path)}
    if not isinstance(value, dict) or path == "tags":
        return {path}
    dot = f"{path}." if path else ""
    return {path} | {one for key in value for one in written(value[key], f"{dot}{key}")}


def test_every_field_of_every_section_stands_in_the_example():
    example = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert fields(LandingZone) - written(example) == set()


def test_the_fields_of_all_sections_are_known():
    known = {one for one in SECTIONS if isinstance(one, type)}
    known = {one for one in known if issubclass(one, settings.Section)} - {settings.Section}
    reached: set[type[BaseModel]] = set()
    todo: list[type[BaseModel]] = [LandingZone]
    while todo:
        for field in todo.pop().model_fields.values():
            new = set(sections(field.annotation)) - reached
            reached |= new
            todo += new
    assert known == reached


def test_the_example_is_right():
    zone = load(EXAMPLE)
    assert zone.standalone_accounts
    assert isinstance(zone.deploy.state, settings.S3State)
    deployed = deployed_rules.of(zone)
    for names in (
        [one.said.name for one in deployed.metrics],
        [one.said.name for one in deployed.reactions],
    ):
        assert "second-trail" in names


def test_every_section_of_the_example_has_a_comment_above_it():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    uncommented = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if line[:1].isalpha() and not above.startswith("#")
    ]
    # These are explained field by field instead.
    assert uncommented == ["regions:", "guardrails:", "deploy:"]


def test_every_field_is_described():
    for section in [*SECTIONS, LandingZone]:
        if isinstance(section, type) and issubclass(section, settings.Section):
            for name, field in section.model_fields.items():
                assert field.description, f"{section.__name__}.{name}"
                assert field.description.endswith("."), f"{section.__name__}.{name}"
