"""Views, and the language of runbooks."""

from docs.pages.markdown import NOTE, cell
from ops.query import dialect
from ops.query.catalog import VIEWS
from ops.query.lists import OWN, YOURS
from ops.query.parameters import FORMS
from ops.query.runbook import FIELDS


def page() -> str:
    """Return the reference of views, functions and the runbooks' language."""
    nodes = sorted(one.__name__ for one in dialect.NODES)
    parts = [
        "# Asking: views, functions, the runbooks' language",
        NOTE,
        "`ops query` takes one SELECT in DuckDB's SQL. It reads the views below and nothing else: "
        "no files, no network, no settings. Nothing is written.",
        "## Views",
        "| view | what it holds |\n|---|---|\n"
        + "\n".join(f"| `{name}` | {cell(meaning)} |" for name, meaning in VIEWS.items()),
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
            f"| `{name}` | {cell(meaning)} |" for name, meaning in {**OWN, **YOURS}.items()
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
        + "\n".join(f"| `{name}` | {cell(meaning)} |" for name, meaning in FIELDS.items()),
        "Parameters are written `:name` and stand in WHERE only. Their types:",
        "| type | is |\n|---|---|\n"
        + "\n".join(f"| `{name}` | {cell(one.words)} |" for name, one in FORMS.items()),
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
