"""Views of a verification: the verdict, a map of coverage, the findings.

Reasons can hold text from the archive itself, so everything is spelled out
before it reaches a terminal.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops import whole
from ops.errors import OpsError, UsageError
from ops.integrity.causes import CAUSES
from ops.integrity.finding import Finding, Status, Verdict, Weight
from ops.integrity.keys import INSIDE, KEYS_INSIDE
from ops.integrity.outcome import ChainOutcome
from ops.integrity.report import Report, finding_json
from ops.integrity.span import Span, clock, merged
from ops.render.text import clean, one_line

_STYLES = {Status.PASS: "bold green", Status.FAIL: "bold red", Status.INCOMPLETE: "bold yellow"}
_WEIGHTS = {Weight.FAIL: "red", Weight.INCOMPLETE: "yellow", Weight.NONE: "dim"}
_MOST_SHOWN = 40


def report(found: Report) -> RenderableType:
    """Return the whole report for people."""
    parts: list[RenderableType] = [_headline(found)]
    if found.keys_source == INSIDE:
        parts.append(Text(KEYS_INSIDE, style="bold yellow"))
    parts += [_summary(found), Text()]
    if found.chains or found.expected:
        parts += [coverage(found), Text()]
    if found.findings:
        parts += [findings(found.findings), Text()]
    parts += [Text(f"note: {one_line(note)}", style="dim") for note in found.notes[:_MOST_SHOWN]]
    if len(found.notes) > _MOST_SHOWN:
        parts.append(Text(f"and {len(found.notes) - _MOST_SHOWN} notes more (--format json)"))
    return Group(*parts)


def coverage(found: Report) -> Table:
    """Return a map of accounts and regions: how much of the asked time is proven."""
    cells: dict[tuple[str, str], list[ChainOutcome]] = {}
    for chain in found.chains:
        cells.setdefault((chain.account, chain.region), []).append(chain)
    places = {*cells, *found.expected}
    regions = sorted({region for _, region in places})
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("proven", no_wrap=True)
    for region in regions:
        table.add_column(short(region), justify="right", no_wrap=True)
    weights = _weights(found.findings)
    for account in sorted({account for account, _ in places}):
        row = [
            _share(found, cells.get((account, region), []), weights.get((account, region)))
            if (account, region) in places
            else Text("·", style="dim")
            for region in regions
        ]
        table.add_row(Text(account), *row)
    return table


def findings(found: Sequence[Finding]) -> Table:
    """Return the findings that weigh most, with what to do about each."""
    ordered = sorted(found, key=lambda one: -CAUSES[one.cause].weight)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in ordered[:_MOST_SHOWN]:
        style = _WEIGHTS[CAUSES[one.cause].weight]
        table.add_row(Text(one.verdict.value, style=style), _told(one))
    if len(ordered) > _MOST_SHOWN:
        more = len(ordered) - _MOST_SHOWN
        table.add_row("", Text(f"and {more} findings more (--format jsonl, --report)"))
    return table


def short(region: str) -> str:
    """Return a region's short name.

    >>> short("us-east-1"), short("ap-southeast-2"), short("us-gov-west-1")
    ('use1', 'apse2', 'usgovw1')
    """
    sides = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c",
             "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}  # fmt: skip
    return "".join(sides.get(part, part) for part in clean(region).split("-"))


def check(path: Path) -> None:
    """Raise UsageError unless a report can be written there, before hours are spent on it."""
    if path.suffix not in _FORMS:
        raise UsageError(
            f"--report {path} ends in none of {', '.join(_FORMS)}.",
            hint="the ending chooses the form",
        )
    if not path.parent.is_dir():
        raise UsageError(
            f"--report {path} cannot be written: {path.parent} is no directory.",
            hint="make the directory, or name another",
        )


def write(found: Report, path: Path) -> None:
    """Write a report file, whole or not at all: .json, .jsonl or .xml by its ending.

    Raises OpsError if it cannot be written.
    """
    try:
        whole.write(path, _FORMS[path.suffix](found).encode())
    except OSError as error:
        raise OpsError(
            f"--report {path} cannot be written: {error.strerror}.",
            hint="make room for it, or name another place; the verdict is what was printed",
        ) from error


def junit(found: Report) -> str:
    """Return the report as JUnit: a suite for each account and region, a case for each finding.

    A finding names no trail: chains of one account and region share a suite.
    """
    root = ET.Element("testsuites", name=f"ops verify: {found.status.value}")
    trails: dict[tuple[str, str], list[str]] = {}
    for chain in found.chains:
        trails.setdefault((chain.account, chain.region), []).append(chain.trail)
    names = {place: " ".join((*place, ", ".join(held))) for place, held in trails.items()}
    by_suite: dict[str, list[Finding]] = {name: [] for name in names.values()}
    for one in found.findings:
        place = names.get((one.account or "", one.region or ""))
        fallback = " ".join(filter(None, (one.account, one.region))) or "archive"
        by_suite.setdefault(place or fallback, []).append(one)
    for name, held in by_suite.items():
        root.append(_suite(name, held))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _headline(found: Report) -> Text:
    since = clock(found.requested.since) if found.requested.since else "each first digest"
    return Text.assemble(
        (found.status.value, _STYLES[found.status]),
        f"  {clean(found.source)}  {since} to {clock(found.requested.until)}",
    )


def _summary(found: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("")
    shown = [one for one in Verdict if found.digests.get(one) or found.logs.get(one)] or [
        Verdict.VALID
    ]
    for verdict in shown:
        table.add_column(verdict.value, justify="right", no_wrap=True)
    table.add_column("uncovered", justify="right", no_wrap=True)
    for name, counts, more in (
        ("digests", found.digests, ""),
        ("log files", found.logs, f"{found.uncovered:,}"),
    ):
        table.add_row(name, *(f"{counts.get(one, 0):,}" for one in shown), more)
    return table


def _told(one: Finding) -> Text:
    where = " ".join(filter(None, (one.account, one.region)))
    when = f"{clock(one.start)} to {clock(one.end)}" if one.start and one.end else ""
    first = "  ".join(filter(None, (one_line(one.reason), where, when)))
    lines = [first, *([one_line(one.key)] if one.key else []), f"→ {one_line(one.hint)}"]
    return Text("\n".join(lines))


def _weights(found: Iterable[Finding]) -> dict[tuple[str | None, str | None], Weight]:
    weights: dict[tuple[str | None, str | None], Weight] = {}
    for one in found:
        place = (one.account, one.region)
        weights[place] = max(weights.get(place, Weight.NONE), CAUSES[one.cause].weight)
    return weights


def _share(found: Report, chains: list[ChainOutcome], weight: Weight | None) -> Text:
    style = {Weight.FAIL: "red", Weight.INCOMPLETE: "yellow"}.get(weight or Weight.NONE, "green")
    if not any(chain.proven for chain in chains):
        return Text("none", style="red" if weight is Weight.FAIL else "yellow")
    firsts = [chain.first for chain in chains if chain.first]
    start = found.requested.since or min(firsts)
    whole = Span(start, found.requested.until)
    proven = merged(span for chain in chains for span in chain.proven)
    # What is not due yet is not held against a chain.
    due = merged([*proven, *(span for chain in chains for span in chain.pending)])
    return Text(_percent(whole, due), style=style)


def _percent(whole: Span, proven: Iterable[Span]) -> str:
    seconds = sum(
        max(0.0, (min(one.end, whole.end) - max(one.start, whole.start)).total_seconds())
        for one in proven
    )
    share = 100 * seconds / max(whole.length.total_seconds(), 1)
    # Rounded down: 100 % must mean all of it.
    return f"{int(share + 1e-9)}%"


def _suite(name: str, held: Sequence[Finding]) -> ET.Element:
    failures = sum(CAUSES[one.cause].weight is Weight.FAIL for one in held)
    errors = sum(CAUSES[one.cause].weight is Weight.INCOMPLETE for one in held)
    suite = ET.Element(
        "testsuite",
        name=clean(name),
        tests=str(max(1, len(held))),
        failures=str(failures),
        errors=str(errors),
    )
    if not held:
        ET.SubElement(suite, "testcase", classname=clean(name), name="digests and log files")
    for one in held:
        title = one_line(f"{one.verdict} {one.kind} {one.key or one.cause}")
        case = ET.SubElement(suite, "testcase", classname=clean(name), name=title)
        weight = CAUSES[one.cause].weight
        if weight is not Weight.NONE:
            kind = "failure" if weight is Weight.FAIL else "error"
            problem = ET.SubElement(case, kind, message=one_line(one.reason), type=one.verdict)
            problem.text = one_line(one.hint)
    return suite


def _json(found: Report) -> str:
    return f"{json.dumps(found.as_json(), indent=2)}\n"


def _jsonl(found: Report) -> str:
    return "".join(f"{json.dumps(finding_json(one))}\n" for one in found.findings)


_FORMS = {".json": _json, ".jsonl": _jsonl, ".xml": junit}
"""How a report is written, by the ending of its file."""
