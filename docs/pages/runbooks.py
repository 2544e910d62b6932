"""Runbooks: questions, parameters and columns."""

from collections.abc import Iterator

from docs.pages.markdown import NOTE, cell
from ops.query import parameters, runbook


def page() -> str:
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
            f"| [`{book.name}`](#{book.name}) | {cell(book.title)} | {', '.join(_labels(book))} |"
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
            f"| `{one.name}` | {one.type} | {_needed(one)} | {cell(one.meaning)} |"
            for one in book.params
        ]
        yield "\n".join(["| parameter | type | | meaning |", "|---|---|---|---|", *rows])
    if book.since:
        yield f"Without `--since` it looks at the last `{book.since}` of the history."
    if book.looks_back:
        yield f"It reads `{book.looks_back}` days before `--since`, too, to compare with."
    rows = [f"| `{name}` | {cell(meaning)} |" for name, meaning in book.columns.items()]
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
