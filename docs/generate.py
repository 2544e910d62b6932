"""Write the reference pages from the code: `python docs/generate.py [--check]`.

With --check nothing is written; the exit code is 1 if a page is out of date.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ops import cli, errors  # noqa: E402 (the path comes first)
from ops.config import LandingZone  # noqa: E402
from ops.config.forms import Form, Words  # noqa: E402
from ops.detect.columns import COLUMNS  # noqa: E402
from ops.history import schema  # noqa: E402
from ops.integrity.causes import CAUSES  # noqa: E402
from ops.integrity.finding import Cause, Verdict, Weight  # noqa: E402
from ops.query import dialect, parameters, runbook  # noqa: E402
from ops.query.catalog import VIEWS  # noqa: E402
from ops.query.lists import OWN, YOURS  # noqa: E402
from ops.query.parameters import FORMS  # noqa: E402
from ops.query.runbook import FIELDS  # noqa: E402
from ops.rules import catalogue, examples  # noqa: E402
from ops.rules.rule import Correlation, Detection, Dialect, Kind, Target  # noqa: E402
from ops.rules.targets import Renderer  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Made by docs/generate.py; change the code it is made from. -->"
WIDTH = 80


def config_page() -> str:
    """Return the reference of the landing-zone file: every field of every section."""
    parts = [
        "# The landing-zone file",
        NOTE,
        "One YAML file describes one landing zone: an organisation, the accounts that hold trail "
        "and archive, and what is recorded. `config/example.yaml` shows every field in place; "
        "`config/lab.yaml` is the one `make demo` deploys.",
        "A file is checked as a whole before anything is done with it. Every problem is "
        "reported, in the order of the file, with the field, the value and the allowed form. "
        "Account ids and versions stand in quotes. A key may stand once, an alias may stand for "
        "a single value only, and tags such as `!!int` are refused.",
        "In the tables below, a field of a list's items is written with `[]`.",
        *_section(LandingZone, ""),
    ]
    return "\n\n".join(parts) + "\n"


def _section(section: type[BaseModel], path: str) -> Iterator[str]:
    if path:
        yield f"## `{path}`"
        yield str(section.__doc__)
    rows = [
        f"| `{_dotted(path, name)}` | {_cell(_form(field))} | {_cell(_default(field))} "
        f"| {_cell(str(field.description))} |"
        for name, field in section.model_fields.items()
    ]
    yield "\n".join(["| field | form | default | meaning |", "|---|---|---|---|", *rows])
    for name, field in section.model_fields.items():
        listed = "[]" if get_origin(field.annotation) is list else ""
        inner = sections(field.annotation)
        for one in inner:
            head, *rest = _section(one, f"{_dotted(path, name)}{listed}")
            yield f"{head} with {_backend(one)}" if len(inner) > 1 else head
            yield from rest


def _backend(state: type[BaseModel]) -> str:
    [chosen] = get_args(state.model_fields["backend"].annotation)
    return f"`backend: {chosen}`"


def sections(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections in a field's type: itself, or inside a list or a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for inner in get_args(annotation) for one in sections(inner)]


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _form(field: FieldInfo) -> str:
    words = _words(field.annotation, tuple(field.metadata))
    limits = [_limit(extra) for extra in field.metadata]
    return ", ".join(filter(None, [words, *limits]))


def _words(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    named = next((extra.words for extra in metadata if isinstance(extra, Form | Words)), None)
    if named is not None:
        return str(named)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a mapping, below"
    plain = {
        int: "a whole number",
        float: "a number",
        bool: "`true` or `false`",
        type(None): "`null`",
    }
    return plain.get(annotation) or _composed(get_origin(annotation), get_args(annotation))


def _composed(origin: Any, inner: tuple[Any, ...]) -> str:
    if origin is Annotated:
        return _words(inner[0], inner[1:])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    words = [_words(one) for one in inner]
    if origin is list:
        return f"a list, each {words[0]}"
    if origin is dict:
        return f"a mapping of {words[0]} to {words[1]}"
    return ", or ".join(dict.fromkeys(words))


def _limit(extra: Any) -> str:
    match extra:
        case annotated_types.Ge():
            return f"at least {extra.ge}"
        case annotated_types.Le():
            return f"at most {extra.le}"
        case annotated_types.MultipleOf():
            return f"a multiple of {extra.multiple_of}"
        case annotated_types.MinLen():
            return f"at least {extra.min_length}"
        case annotated_types.MaxLen():
            return f"at most {extra.max_length}"
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "the defaults below"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value is None:
        return "none"
    return f"`{value}`" if value or isinstance(value, int) else "empty"


def errors_page() -> str:
    """Return the reference of the exceptions and exit codes."""
    parts = [
        "# Errors and exit codes",
        NOTE,
        "| exit code | meaning |\n|---|---|\n"
        "| 0 | all is well |\n"
        "| 1 | findings: what each command means by them is in its help |\n"
        "| 2 | usage: the command line or the landing-zone file asks for what cannot be |\n"
        "| 3 | incomplete: something could not be done or looked at; Ctrl-C and a declined "
        "question are 3 too |",
        "A message goes to stderr. Its first line says what happened, where and why; a line "
        "that begins with → says what to do next. An error that ops did not foresee is code 3 "
        "and names a file with the traceback.",
        "Below the command line these are Python exceptions:",
        "| exception | module | exit code | meaning |\n|---|---|---|---|\n"
        + "\n".join(_error_rows(error_classes(), "OpsError", 0, errors.OpsError.exit_code)),
    ]
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """An exception class as its source text defines it."""

    module: str
    bases: frozenset[str]
    meaning: str
    code: errors.Exit | None
    """Its own exit code; None if it has its base's."""


def error_classes() -> dict[str, ErrorClass]:
    """Return every class in `ops` by name, without importing any: some are heavy."""
    found = {}
    for path in sorted((ROOT / "ops").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = frozenset(ast.unparse(base).split(".")[-1] for base in node.bases)
                meaning = (ast.get_docstring(node) or "").split("\n\n")[0]
                found[node.name] = ErrorClass(module, bases, meaning, _own_code(node))
    return found


def _own_code(node: ast.ClassDef) -> errors.Exit | None:
    for line in node.body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "exit_code":
            return errors.Exit[ast.unparse(line.value).removeprefix("Exit.")]
    return None


def _error_rows(
    known: dict[str, ErrorClass], name: str, depth: int, code: errors.Exit
) -> Iterator[str]:
    one = known[name]
    code = one.code or code
    indent = "&nbsp;&nbsp;&nbsp;" * depth
    yield f"| {indent}`{name}` | `{one.module}` | {int(code)} | {_cell(one.meaning)} |"
    for below, other in known.items():
        if name in other.bases:
            yield from _error_rows(known, below, depth + 1, code)


def cli_page() -> str:
    """Return the reference of the commands: the help text of each."""
    parts = [
        "# Commands",
        NOTE,
        "Type `ops` in the project's environment (`pipenv run ops …`), or `python -m ops …`. "
        "Data goes to stdout, talk and progress to stderr.",
    ]
    for words, text in helps(cli.ops, ["ops"]):
        parts.append(f"## `{' '.join(words)}`\n\n```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def helps(command: click.Command, words: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the help text of a command and of all below it."""
    with click.Context(
        command, info_name=" ".join(words), terminal_width=WIDTH, max_content_width=WIDTH
    ) as context:
        yield words, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                if below is not None and not below.hidden:
                    yield from helps(below, [*words, name])


def rules_page() -> str:
    """Return the reference of the rules: what each is for, what sees it, and what it misses."""
    found = [(rule, renderer.texts(rule)) for renderer in [Renderer(COLUMNS)]
             for rule in catalogue.shipped(examples.LISTS).rules]  # fmt: skip
    parts = [
        "# Rules",
        NOTE,
        "A rule is a [Sigma](https://sigmahq.io) file with the events beside it that show what it "
        "finds and what it does not. `ops rules show NAME` explains one, with its text for every "
        "target; `ops rules test` tries all of them. [How to write one](../how-to/write-a-rule.md) is "
        "a page of its own.",
        "A *filter pattern* of CloudWatch Logs reads the trail's log group and sees every account "
        "and region of the organisation, within minutes. An *event pattern* of EventBridge sees the "
        "account and region it stands in, and no other, within seconds. *SQL* sees whatever the "
        "history holds, and every rule has it.",
        "CIS controls are one metric with one alarm each. Where scanners prescribe texts that "
        "differ, each text is a filter of its own on that metric "
        "([decision 4](../decisions/0004-union-filters.md)).",
        "| rule | level | what it reports | profiles | besides SQL |\n|---|---|---|---|---|\n"
        + "\n".join(_rule_row(rule, texts) for rule, texts in found),
        *(_rule(rule, texts) for rule, texts in found),
    ]
    return "\n\n".join(parts) + "\n"


Texts = dict[Target, str | errors.Refusal]
_PATTERNS = {Target.CLOUDWATCH: "filter pattern", Target.EVENTBRIDGE: "event pattern"}
_PRESCRIBERS = {
    Dialect.SECURITYHUB: "Security Hub",
    Dialect.CIS: "CIS 5.0",
    Dialect.PROWLER: "prowler",
}


def _rule_row(rule: Detection, texts: Texts) -> str:
    said = rule.said
    also = [words for target, words in _PATTERNS.items() if isinstance(texts[target], str)]
    return (
        f"| [`{said.name}`](#{said.name}) | {said.level} | {_cell(said.title)} "
        f"| {', '.join(said.profiles)} | {', '.join(also)} |"
    )


def _rule(rule: Detection, texts: Texts) -> str:
    said = rule.said
    facts = [f"- Level: {said.level}; {', '.join(f'`{tag}`' for tag in said.tags)}"]
    facts += [f"- Control: {one}" for one in _controls(rule)]
    facts += [f"- Counts: {_counts(rule)}"] if isinstance(rule, Correlation) else []
    facts += [f"- A reaction in: {'; '.join(said.vantages)}"] if said.vantages else []
    facts += [f"- No {words}: {text.reason}" for target, words in _PATTERNS.items()
              if isinstance(text := texts[target], errors.Refusal)]  # fmt: skip
    facts += [f"- Differs on {one.target}: {one.why}" for one in said.differences]
    facts += [f"- Also found: {one}" for one in said.falsepositives]
    facts += [
        f"- Next: {', '.join(f'[`{one.runbook}`](runbooks.md#{one.runbook})' for one in said.next)}"
    ]
    facts += [f"- See: {', '.join(f'<{one}>' for one in said.references)}"]
    prescribed = [f"As {_PRESCRIBERS[dialect]} prescribes:\n\n```text\n{text}\n```"
                  for dialect, text in said.prescribed.items()]  # fmt: skip
    head = [f"### `{said.name}`", f"{said.title}.", said.description]
    return "\n\n".join([*head, "\n".join(facts), *prescribed])


def _controls(rule: Detection) -> list[str]:
    said = rule.said
    numbers = [f"CIS {version}: {number}" for version, number in said.cis.items()]
    names = [f"Security Hub {said.securityhub}"] if said.securityhub else []
    names += [f"prowler `{said.prowler}`"] if said.prowler else []
    return [", ".join([*numbers, *names])] if numbers or names else []


def _counts(rule: Correlation) -> str:
    what = {
        Kind.EVENT_COUNT: "events",
        Kind.VALUE_COUNT: "different values of a field",
        Kind.TEMPORAL: "of its steps together",
        Kind.TEMPORAL_ORDERED: "steps in their order",
    }[rule.kind]
    by = [f"`{name}`" for name, _ in rule.group_by]
    same = f", with the same {', '.join(by)}" if by else ""
    return f"{rule.count.sign} {rule.count.number} {what} within {rule.seconds} seconds{same}"


def findings_page() -> str:
    """Return the reference of what `ops verify` may find, verdict by verdict."""
    parts = [
        "# Verdicts and findings",
        NOTE,
        "`ops verify` gives every digest and log file one verdict, and reports what a reader "
        "has to know as findings. The heaviest finding decides the status: FAIL (exit code 1), "
        "INCOMPLETE (3), else PASS (0). INVALID is proof; what could not be read is never "
        "called tampering.",
    ]
    for verdict in Verdict:
        rows = [_cause(one) for one in CAUSES.values() if one.verdict is verdict]
        if rows:
            head = ["| finding | status | meaning | what to do |", "|---|---|---|---|"]
            parts += [f"## {verdict.value}", "\n".join([*head, *rows])]
    return "\n\n".join(parts) + "\n"


def _cause(cause: Cause) -> str:
    status = "" if cause.weight is Weight.NONE else cause.weight.name
    texts = (f"{cause.phrase} (`{cause.code}`)", status, cause.meaning, cause.advice)
    return "| " + " | ".join(_cell(text) for text in texts) + " |"


_KINDS = {
    "text": "text",
    "flag": "true or false",
    "time": "time, UTC",
    "json": "JSON text",
    "number": "number",
}


def schema_page() -> str:
    """Return the reference of the store's columns, and of where each comes from."""
    read = [
        f"| `{one.name}` | {_KINDS[one.kind]} | {' or '.join(f'`{path}`' for path in one.paths)} "
        f"| {_cell(one.meaning)} |"
        for one in (*schema.COLUMNS, *schema.BAGS)
    ]
    kept = [
        f"| `{one.name}` | {_KINDS[one.type]} | {_cell(one.meaning)} |"
        for one in (*schema.KEPT, schema.PARTITION)
    ]
    parts = [
        "# Columns of the history",
        NOTE,
        f"Version {schema.VERSION}. One row is one event, in Parquet files under "
        "`day=YYYY-MM-DD/`; everything else of a store lies under `_atalaya/`. A column is the "
        "value at one path of the record, or null: nothing is inferred, and a value of another "
        "type than the column's is null. Where two paths are named, the first that holds a value "
        "counts. Of two equal keys in one object the last counts.",
        "## From the record",
        "\n".join(["| column | type | path | meaning |", "|---|---|---|---|", *read]),
        "The columns of JSON text are not in the files: the view `events` takes them from `raw`.",
        "## About the record",
        "\n".join(["| column | type | meaning |", "|---|---|---|", *kept]),
    ]
    return "\n\n".join(parts) + "\n"


def runbooks_page() -> str:
    """Return the reference of the runbooks: what each asks for, answers and leads to."""
    books = [runbook.found(name) for name in runbook.names()]
    parts = [
        "# Runbooks",
        NOTE,
        "A runbook is a question that comes up again and again, with its answer's SQL. "
        "`ops run NAME` asks it of a history, `ops runbooks NAME` explains it and shows the SQL. "
        "Every runbook takes `--since` and `--until`. The same text runs on Athena, unless its "
        "section says otherwise. [The language](query-language.md) is for runbooks of your own.",
        "| runbook | question | ATT&CK, CIS |\n|---|---|---|\n"
        + "\n".join(
            f"| [`{book.name}`](#{book.name}) | {_cell(book.title)} | {', '.join(_labels(book))} |"
            for book in books
        ),
        *(part for book in books for part in _runbook(book)),
    ]
    return "\n\n".join(parts) + "\n"


def _labels(book: runbook.Runbook) -> list[str]:
    return [one for one in book.tags if one.startswith(("T1", "cis-"))]


def _runbook(book: runbook.Runbook) -> Iterator[str]:
    yield f"## `{book.name}`"
    yield f"{book.title}. {book.question}"
    if book.params:
        rows = [
            f"| `{one.name}` | {one.type} | {_needed(one)} | {_cell(one.meaning)} |"
            for one in book.params
        ]
        yield "\n".join(["| parameter | type | | meaning |", "|---|---|---|---|", *rows])
    if book.since:
        yield f"Without `--since` it looks at the last `{book.since}` of the history."
    if book.looks_back:
        yield f"It reads `{book.looks_back}` days before `--since`, too, to compare with."
    rows = [f"| `{name}` | {_cell(meaning)} |" for name, meaning in book.columns.items()]
    yield "\n".join(["| column | meaning |", "|---|---|", *rows])
    if book.athena:
        yield "On Athena it runs a text of its own, as the store's own views are not there."
    if book.next:
        yield "Leads to: " + ", ".join(
            f"[`{name}`](#{name})" for name in dict.fromkeys(one.runbook for one in book.next)
        ) + "."  # fmt: skip


def _needed(parameter: parameters.Parameter) -> str:
    if parameter.default is not None:
        return f"`{parameter.default}` if not given"
    return "required" if parameter.required else "optional"


def language_page() -> str:
    """Return the reference of views, functions and the runbooks' language."""
    nodes = sorted(one.__name__ for one in dialect.NODES)
    parts = [
        "# Asking: views, functions, the runbooks' language",
        NOTE,
        "`ops query` takes one SELECT in DuckDB's SQL. It reads the views below and nothing else: "
        "no files, no network, no settings. Nothing is written.",
        "## Views",
        "| view | what it holds |\n|---|---|\n"
        + "\n".join(f"| `{name}` | {_cell(meaning)} |" for name, meaning in VIEWS.items()),
        "`DESCRIBE` shows a view's columns. Times are UTC, as TIMESTAMP without a zone.",
        "The columns of `events` are in [the reference of columns](schema.md). "
        "`request_parameters`, `response_elements`, `additional_event_data`, "
        "`service_event_details` and `resources` are JSON text, taken from `raw`.",
        "## Functions of ours",
        "| function | gives |\n|---|---|\n"
        "| `field('a.b')` | the text, number or truth value at a path of the record, as text |\n"
        "| `field_any('a.items.b')` | every value at a path as a list; on its way a list stands for "
        "each of its elements |\n"
        "| `mentions('text')` | whether a record holds a text anywhere, as the record spells it; on "
        "the delivered files whether its bags or its caller do |\n"
        "| `site_list('name')` | a list of the landing-zone file, given with `--config` |",
        "A path begins at the record's root: `requestParameters.bucketName`. With several tables "
        "say whose record is meant: `e.field('a.b')`.",
        "These lists are always there, and empty without `--config`:",
        "| list | holds |\n|---|---|\n"
        + "\n".join(
            f"| `{name}` | {_cell(meaning)} |" for name, meaning in {**OWN, **YOURS}.items()
        ),
        "## Output",
        "`--format json` and `jsonl` are exact. In `csv` a text that begins with `=`, `+`, `-`, "
        "`@`, a tab or a carriage return gets an apostrophe before it, so that no spreadsheet runs "
        "it, and characters that a terminal obeys are spelled out. On a terminal every text of a "
        "log stands in one line, spelled out, and is never read as markup.",
        "`--output FILE` writes the rows whole or not at all. Parquet keeps the types; what it has "
        "no type for is JSON text.",
        "## A runbook of your own",
        "A file whose name ends in `.sql`: YAML in a comment, then one SELECT. "
        "`ops run ./mine.sql` runs it.",
        "| field | |\n|---|---|\n"
        + "\n".join(f"| `{name}` | {_cell(meaning)} |" for name, meaning in FIELDS.items()),
        "Parameters are written `:name` and stand in WHERE only. Their types:",
        "| type | is |\n|---|---|\n"
        + "\n".join(f"| `{name}` | {_cell(one.words)} |" for name, one in FORMS.items()),
        "A parameter that nobody gave is NULL: `:who IS NULL OR user_name = :who`. A list stands in "
        "`IN (:names)`. `:since` and `:until` are always there.",
        "The SQL is Trino's, of which a part: what DuckDB and Athena read alike. Views are "
        "`events`, `ip_info` and those made from them; the others are a local store's own. A "
        f"recursive WITH ends by `depth < {dialect.DEEPEST}`. Everything else is refused, with "
        "its name. As sqlglot names them, these constructs are in the language: "
        + ", ".join(f"`{name}`" for name in nodes)
        + "; and the function `arrays_overlap`.",
    ]
    return "\n\n".join(parts) + "\n"


PAGES = {
    "config.md": config_page,
    "errors.md": errors_page,
    "cli.md": cli_page,
    "findings.md": findings_page,
    "rules.md": rules_page,
    "runbooks.md": runbooks_page,
    "query-language.md": language_page,
    "schema.md": schema_page,
}


def main(arguments: list[str]) -> int:
    """Write every page, or name those out of date."""
    stale = []
    for name, page in PAGES.items():
        path = REFERENCE / name
        text = page()
        if "--check" not in arguments:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is out of date: run docs/generate.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
