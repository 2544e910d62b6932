"""Asking runbooks in tests, and keeping account of what was found."""

from datetime import UTC, datetime

from ops.query import parameters, rendering, runbook
from ops.query.catalog import VIEWS

SEEN = set()
"""Steps of the attack and numbers of runbooks, for which a test shows that one sees the other."""


def sees(number, *steps):
    """Say that a test shows a runbook finding what was planted in these steps."""

    def noted(test):
        SEEN.update((step, number) for step in steps)
        return test

    return noted


def run(asker, name, **given):
    """Run a runbook over a store; return its rows as mappings."""
    book = runbook.found(name)
    values = parameters.values(book.params, given, datetime.now(UTC))
    times = {"since": asker.window.begin, "until": asker.window.end}
    statement = rendering.duckdb(book.tree("duckdb", tuple(VIEWS)), {**values, **times})
    return asker.rows(statement.text, **statement.named)


def ids(rows):
    return {row["event_id"] for row in rows}
