"""Runbooks as a list, and one explained."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.query.runbook import Runbook


def listed(books: Sequence[Runbook]) -> Table:
    """Return the runbooks, a line each: name, what it asks for, title."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for book in books:
        wanted = ", ".join(one.name for one in book.params if one.required)
        table.add_row(Text(book.name, style="bold"), Text(wanted, style="cyan"), Text(book.title))
    return table


def explained(book: Runbook) -> RenderableType:
    """Return everything about a runbook, its SQL included."""
    parts: list[RenderableType] = [
        Text.assemble((book.name, "bold"), f"  {book.title}"), Text(), Text(book.question), Text(),
        Text("Asks for", style="bold"), _table(_wanted(book)), Text(),
        Text("Answers with", style="bold"), _table(book.columns.items()),
    ]  # fmt: skip
    if book.next:
        parts += [Text(), Text("Leads to", style="bold"), Text("\n".join(_leads(book)))]
    if book.tags:
        parts += [Text(), Text(f"Tags: {', '.join(book.tags)}")]
    return Group(*parts, Text(), Text(book.sql, style="dim"))


def data(book: Runbook) -> dict[str, Any]:
    """Return a runbook as plain data."""
    return {
        "name": book.name,
        "title": book.title,
        "question": book.question,
        "params": [
            {"name": one.name, "type": one.type, "required": one.required, "default": one.default,
             "meaning": one.meaning} for one in book.params
        ],
        "columns": dict(book.columns),
        "tags": list(book.tags),
        "next": [{"runbook": one.runbook, "params": dict(one.params)} for one in book.next],
        "sql": book.sql,
    }  # fmt: skip


def _wanted(book: Runbook) -> list[tuple[str, str]]:
    found = []
    for one in book.params:
        default = f"; {one.default} if not given" if one.default is not None else ""
        needed = ", required" if one.required else default or ", optional"
        found.append((f"-p {one.name}=", f"{one.meaning or 'a value'} ({one.type}{needed})"))
    since = f"{book.since} before the history's end if not given" if book.since else "optional"
    return [*found, ("--since, --until", f"the time asked about ({since})")]


def _leads(book: Runbook) -> list[str]:
    return [
        f"  ops run {one.runbook}"
        + "".join(f" -p {name}=<{column}>" for name, column in one.params.items())
        for one in book.next
    ]


def _table(rows: Any) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, meaning in rows:
        table.add_row(Text(f"  {name}", style="cyan"), Text(meaning))
    return table
