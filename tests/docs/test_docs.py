"""The documentation is complete, its links lead somewhere, its commands exist."""

import importlib.util
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import click
import pytest
from sigma.modifiers import modifier_mapping

from ops import cli, errors
from ops.config import LandingZone
from ops.history import schema
from ops.query import dialect, runbook
from ops.query.catalog import VIEWS
from ops.query.lists import OWN, YOURS
from ops.query.parameters import FORMS
from ops.query.runbook import FIELDS
from ops.rules import catalogue, examples
from ops.rules.sigma import own
from tests.config.test_example import fields
from tests.conftest import ROOT

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [
    *sorted(DOCS.rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def commands() -> dict[tuple[str, ...], click.Command]:
    """Return every command by its words, groups included."""
    found: dict[tuple[str, ...], click.Command] = {}

    def add(words: tuple[str, ...], command: click.Command) -> None:
        found[words] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                add((*words, name), below)

    add(("ops",), cli.ops)
    return found


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize(
    "name",
    [
        "config.md", "errors.md", "cli.md", "findings.md", "rules.md", "runbooks.md",
        "query-language.md", "schema.md",
    ],
)  # fmt: skip
def test_a_generated_page_says_what_the_code_says(name):
    page = generator().PAGES[name]
    assert (REFERENCE / name).read_text(encoding="utf-8") == page(), "run `make docs`"


def test_a_stale_page_is_named_and_fails_the_check(tmp_path, monkeypatch, capsys):
    module = generator()
    monkeypatch.setattr(module, "REFERENCE", tmp_path)
    assert module.main([]) == 0
    assert module.main(["--check"]) == 0
    page = tmp_path / "errors.md"
    page.write_text(page.read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    (tmp_path / "cli.md").unlink()
    assert module.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "docs/reference/errors.md is out of date: run docs/generate.py",
        "docs/reference/cli.md is out of date: run docs/generate.py",
    ]


def test_every_field_of_the_landing_zone_is_in_the_reference():
    text = (REFERENCE / "config.md").read_text(encoding="utf-8").replace("[]", "")
    missing = {path for path in fields(LandingZone) if f"| `{path}` |" not in text}
    assert missing == set()


def test_every_command_and_option_is_in_the_reference():
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    for words, command in commands().items():
        [section] = re.findall(rf"^## `{' '.join(words)}`$(.*?)^```$", text, re.M | re.S)
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in section, f"{words} {parameter.opts}"


def test_every_command_says_what_it_does_and_shows_an_example():
    for words, command in commands().items():
        assert command.help, words
        if not isinstance(command, click.Group):
            assert "Example" in command.help, words


def test_every_error_is_in_the_reference_with_its_exit_code():
    text = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    todo: list[type[errors.OpsError]] = [errors.OpsError]
    while todo:
        error = todo.pop()
        todo += error.__subclasses__()
        row = rf"`{error.__name__}` \| `{error.__module__}` \| {int(error.exit_code)} \| \S"
        if error.__module__.startswith("ops."):
            assert re.search(row, text), error


def test_every_rule_is_in_the_reference_with_where_it_sees():
    text = (REFERENCE / "rules.md").read_text(encoding="utf-8")
    for rule in catalogue.shipped(examples.LISTS).rules:
        [section] = re.findall(rf"^### `{rule.said.name}`$(.*?)(?=^### |\Z)", text, re.M | re.S)
        assert rule.said.description in section
        assert all(str(vantage) in section for vantage in rule.said.vantages)
        assert all(pattern in section for pattern in rule.said.prescribed.values())


def test_every_runbook_is_in_the_reference_with_its_parameters_and_columns():
    text = (REFERENCE / "runbooks.md").read_text(encoding="utf-8")
    for name in runbook.names():
        [section] = re.findall(rf"^## `{name}`$(.*?)(?=^## |\Z)", text, re.M | re.S)
        book = runbook.found(name)
        for one in (*book.columns, *(param.name for param in book.params)):
            assert f"| `{one}` |" in section, f"{name} {one}"


def test_every_view_function_and_parameter_type_is_in_the_reference():
    text = (REFERENCE / "query-language.md").read_text(encoding="utf-8")
    for name in (*VIEWS, *FORMS, *OWN, *YOURS, *FIELDS):
        assert f"| `{name}` |" in text
    assert all(f"`{name}('" in text for name in dialect.OURS)


def test_every_column_of_the_history_is_in_the_reference():
    text = (REFERENCE / "schema.md").read_text(encoding="utf-8")
    for column in (*schema.COLUMNS, *schema.BAGS, *schema.KEPT, schema.PARTITION):
        assert f"| `{column.name}` |" in text


def test_every_environment_variable_of_ours_is_in_the_reference():
    text = (REFERENCE / "environment.md").read_text(encoding="utf-8")
    sources = [*(ROOT / "ops").rglob("*.py"), *(ROOT / "modules").rglob("*.py"), ROOT / "main.py"]
    read = {
        name
        for path in sources
        for name in re.findall(r"\bATALAYA_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert read
    assert {name for name in read if f"`{name}`" not in text} == set()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_relative_links_lead_to_files(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        link = urlsplit(target)
        if not link.scheme:
            linked = page.parent / link.path if link.path else page
            assert linked.exists(), target
            if link.fragment:
                assert link.fragment in anchors(linked), target


def test_every_page_can_be_reached_from_the_readme():
    reached: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        links = re.findall(r"\]\(([^)\s]+\.md)\)", page.read_text(encoding="utf-8"))
        linked = {(page.parent / link).resolve() for link in links if "://" not in link}
        todo += linked - reached
    assert set(PAGES) - reached == set()


def snippets(page: Path) -> list[str]:
    """Return every command a page shows: in shell blocks, after prompts, and in spans."""
    text = page.read_text(encoding="utf-8")
    found: list[str] = []
    for kind, body in re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        lines = [line.strip() for line in body.splitlines()]
        if kind == "sh":
            found += [line for line in lines if line and not line.startswith("#")]
        if kind == "console":
            found += [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    return found + [span for span in spans if span.split()[0] in ("make", "ops")]


def check_ops(words: list[str]) -> None:
    """Fail unless the command and every option of a command line exist."""
    path: tuple[str, ...] = ("ops",)
    while words and (*path, words[0].rstrip("…")) in commands():
        path = (*path, words.pop(0))
    command = commands()[path]
    alternatives = [word for word in words if re.fullmatch(r"[a-z]+(\|[a-z]+)+", word)]
    assert not alternatives, words
    if isinstance(command, click.Group):
        assert all(word.startswith("-") or word == "…" for word in words), f"{path} {words}"
    options = {name for one in command.params for name in one.opts} | {"--help"}
    for word in words:
        if word.startswith("-"):
            assert word.split("=")[0] in options, f"{' '.join(path)} {word}"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_commands_a_page_shows_exist(page):
    for line in snippets(page):
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words[:1] == ["make"]:
            named = [word for word in words[1:] if "=" not in word]
            assert set(named) <= targets(), line
        elif words[:2] == ["pipenv", "run"] or words[1:3] == ["-m", "ops"]:
            check_ops(words[3:])
        elif words[:1] == ["ops"]:
            check_ops(words[1:])


def test_the_readme_and_the_tutorial_show_commands():
    for page in (ROOT / "README.md", DOCS / "tutorial.md"):
        shown = snippets(page)
        assert any(line.startswith("make demo") for line in shown), page
        assert any("ops deploy" in line for line in shown), page


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_holds_a_path_of_one_machine_or_a_package_index():
    places = [r"/(work|root)/\w", r"/(home|Users)/(?!runner)\w+/", r"/opt/[\w-]+/", r"/tmp/\w/"]
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"]
    # Spelled so that this file does not hold what it looks for.
    wrong = re.compile("|".join([f"(?<![\\w.:]){place}" for place in places]
                                + [re.escape(host) for host in hosts]))  # fmt: skip
    found = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in wrong.finditer(text)]
    assert found == []


def test_the_licence_is_the_apache_licence_in_full():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", one) for one in headings[1:])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=lambda p: p.name)
def test_a_decision_has_context_choice_and_consequence_on_one_page(page):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Choice", "Consequence"]
    assert re.search(
        r"^Date: \d{4}-\d\d-\d\d\. Status: (accepted|superseded by \[.+\])", text, re.M
    )
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert len(text.splitlines()) <= 60


def test_the_rules_of_the_how_to_are_rules(tmp_path):
    text = (DOCS / "how-to" / "write-a-rule.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml$(.*?)^```$", text, re.M | re.S)
    for nth, block in enumerate(blocks):
        (tmp_path / f"{nth}.yml").write_text(block, encoding="utf-8")
    found = catalogue.opened(tmp_path)
    assert [one.said.name for one in found.rules] == [
        "backup-vault-deleted",
        "many-failed-sign-ins",
    ]
    assert not found.refused
    assert all(f"`{key}`" in text for key in own.KEYS)


def test_the_how_to_names_every_modifier_that_is_taken():
    text = (DOCS / "how-to" / "write-a-rule.md").read_text(encoding="utf-8")
    again = {"ignorecase", "multiline", "dotall", "day", "week", "month", "year", "minute"}
    assert not [one for one in modifier_mapping if f"`{one}`" not in text and one not in again]
