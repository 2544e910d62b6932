"""Asking: the same questions to `ops query`, to DuckDB over the delivered files, to trailscraper and zgrep.

Whole processes side by side on the small history; ours also on the large one, and what
the engine alone takes there. Every answer is compared with another's.
"""

import gzip
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import histories, kept, venv
from benchmarks.histories import History
from benchmarks.questions import ID, ROLE, TEXT, Question, Subject, questions, subject
from benchmarks.runs import Took, WrongAnswerError, run, told

OURS = "ops query"
_TURNS, _IN_PROCESS = 3, 5
_TRAILSCRAPER = Path(__file__).with_name("requirements") / "trailscraper.txt"
_DUCKDB = """
import duckdb, json, sys
logs, question = sys.argv[1:]
connection = duckdb.connect()
connection.execute("SET threads = 2")
connection.execute("SET enable_progress_bar = false")
connection.execute(f'''CREATE VIEW records AS SELECT unnest(Records) AS r FROM read_json(
    '{logs}', columns = {{Records: 'JSON[]'}}, maximum_object_size = 33554432)''')
print(json.dumps([list(row) for row in connection.execute(question).fetchall()]))
"""
_ZGREP = """find "$1" -name '*.json.gz' -print0 | xargs -0 zgrep -lF -e "$2" || true"""
"""It fails where one lot of files has no match."""
Rows = list[list[Any]]


@dataclass(slots=True)
class Asked:
    """One question, and what each who was asked took."""

    question: Question
    runs: dict[str, list[Took]] = field(default_factory=dict)
    large: list[Took] = field(default_factory=list)
    """Ours, of the large history."""


def main(console: Console) -> None:
    """Ask everybody, and print two tables."""
    place = kept.place()
    small, large = (histories.made(size, place) for size in (histories.SMALL, histories.LARGE))
    about = subject(small.store())
    asked = [Asked(one) for one in questions(about)]
    for one in asked:
        _side_by_side(one, small, about)
    for one, further in zip(asked, questions(subject(large.store())), strict=True):
        one.large = [_ours(large.store(), further)[0] for _ in range(_TURNS)]
    console.print(_table(asked, small, large))
    console.print(_engines(small, large))
    console.print(_runbooks(small, large, about))


def _side_by_side(one: Asked, history: History, about: Subject) -> None:
    """Ask all who can answer, each other once, us several times."""
    answers = [_ours(history.store(), one.question) for _ in range(_TURNS)]
    one.runs[OURS] = [took for took, _ in answers]
    rows = answers[0][1]
    for who, ask in _others(one.question, history, about).items():
        took, same = ask(rows)
        sys.stderr.write(f"{one.question.name}: {who} {took.seconds:.2f} s\n")
        if not same:
            raise WrongAnswerError(f"{who} and {OURS} answer {one.question.name!r} differently")
        one.runs[who] = [took]
    if not rows:
        raise WrongAnswerError(f"nobody finds anything for {one.question.name!r}")


def _ours(store: Path, question: Question) -> tuple[Took, Rows]:
    command = [sys.executable, "-m", "ops", "query", question.ours, "--store", str(store),
               "--limit", "0", "--format", "json"]  # fmt: skip
    took, out = run(command)
    return took, [list(row.values()) for row in json.loads(out)]


def _others(
    question: Question, history: History, about: Subject
) -> dict[str, Callable[[Rows], tuple[Took, bool]]]:
    found: dict[str, Callable[[Rows], tuple[Took, bool]]] = {
        "DuckDB, files": lambda rows: _duckdb(history, question, rows)
    }
    if question.name == ROLE:
        found["trailscraper"] = lambda rows: _trailscraper(history, about, rows)
    if question.name in (TEXT, ID):
        needle = about.text if question.name == TEXT else about.event
        found["zgrep"] = lambda rows: _zgrep(history, needle, rows)
    return found


def _duckdb(history: History, question: Question, rows: Rows) -> tuple[Took, bool]:
    took, out = run([sys.executable, "-c", _DUCKDB, history.logs, question.raw])
    return took, json.loads(out) == rows


def _trailscraper(history: History, about: Subject, rows: Rows) -> tuple[Took, bool]:
    """Let trailscraper read a day more: it passes over files delivered an hour after the time asked."""
    program = venv.program("trailscraper", _TRAILSCRAPER, again="make bench")
    late = date.fromisoformat(about.until) + timedelta(days=1)
    command = [str(program), "select", "--log-dir", str(history.archive), "--filter-assumed-role-arn",
               about.role, "--from", f"{about.since}T00:00:00Z", "--to", f"{late}T00:00:00Z"]  # fmt: skip
    took, out = run(command)
    found = json.loads(out)["Records"]
    ids = {one["eventID"] for one in found if about.since <= one["eventTime"] < about.until}
    return took, ids == {row[0] for row in rows}


def _zgrep(history: History, needle: str, rows: Rows) -> tuple[Took, bool]:
    """Let zgrep name the files; which of their records it is, nobody asks of it."""
    took, out = run(["sh", "-c", _ZGREP, "sh", str(history.archive), needle])
    ids = {one for path in out.split() for one in _ids(Path(path), needle)}
    return took, ids == {row[0] for row in rows}


def _ids(path: Path, needle: str) -> Iterator[str]:
    for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
        if needle in json.dumps(record, ensure_ascii=False):
            yield record["eventID"]


def _table(asked: Sequence[Asked], small: History, large: History) -> Table:
    table = Table(
        title=f"Asking {small.records:,} records (ours also {large.records:,}), whole processes, "
        f"{os.cpu_count()} cores"
    )
    left = {"question", "who"}
    for column in ("question", "who", "runs", "seconds", "CPU s", "peak MB", "times as long"):
        table.add_column(column, justify="left" if column in left else "right", no_wrap=True)
    for one in asked:
        mine = statistics.median(took.seconds for took in one.runs[OURS])
        for who, runs in one.runs.items():
            ratio = "" if who == OURS else f"{runs[0].seconds / mine:,.0f}"
            table.add_row(one.question.name, who, *_figures(runs), ratio)
        table.add_row(one.question.name, f"{OURS}, large", *_figures(one.large), "")
        table.add_section()
    return table


def _figures(runs: Sequence[Took]) -> list[str]:
    return [
        str(len(runs)),
        told([took.seconds for took in runs], 2),
        f"{statistics.median(took.cpu for took in runs):.2f}",
        f"{max(took.peak for took in runs) / 1e6:.0f}",
    ]


def _engines(small: History, large: History) -> Table:
    table = Table(title=f"The engine alone, milliseconds, {_IN_PROCESS} runs in one process")
    for column in ("question", f"{small.records:,}", f"{large.records:,}", "least", "goal"):
        table.add_column(column, justify="left" if column == "question" else "right")
    took = [
        json.loads(run([sys.executable, "-m", "benchmarks.engine", str(history.store()),
                        str(_IN_PROCESS)])[1])
        for history in (small, large)
    ]  # fmt: skip
    for one in questions(subject(large.store())):
        values = [found[one.name] for found in took]
        told_of = [told(some, 0) for some in values]
        table.add_row(one.name, *told_of, f"{min(values[1]):.0f}", f"≤ {one.goal_ms}")
    return table


def _runbooks(small: History, large: History, about: Subject) -> Table:
    table = Table(title="ops run key-activity, whole processes")
    for column in ("history", "runs", "seconds", "CPU s", "peak MB"):
        table.add_column(column, justify="right")
    for history in (small, large):
        command = [sys.executable, "-m", "ops", "run", "key-activity", "--store",
                   str(history.store()), "-p", f"key={about.key}"]  # fmt: skip
        table.add_row(f"{history.records:,}", *_figures([run(command)[0] for _ in range(_TURNS)]))
    return table
