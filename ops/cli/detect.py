"""`ops detect`: run detection rules over the history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli.asking import history_option, say
from ops.cli.histories import expected, of_store
from ops.cli.options import FORMATS, View, level_option, output_options, print_whole
from ops.errors import Exit, StoreError, UsageError

if TYPE_CHECKING:
    from ops.detect.report import Report
    from ops.detect.scan import Scan
    from ops.detect.state import Run, State
    from ops.query.local import Local
    from ops.rules.catalogue import Catalogue
    from ops.rules.rule import Detection

_FILE = click.Path(path_type=Path, dir_okay=False)
_MOST = 1_000
_SAID = 5


@click.command(short_help="Run detection rules over the history.")
@history_option
@click.option("--rule", "names", multiple=True, metavar="NAME",
              help="Only this rule, by name or id. Repeatable.")  # fmt: skip
@click.option("--profile", "profiles", multiple=True, metavar="P",
              help="Only the rules of this profile, such as cis-5.0. Repeatable.")  # fmt: skip
@level_option
@click.option("--sigma", type=click.Path(path_type=Path), metavar="DIR",
              help="Sigma rules of your own, instead of this project's.")  # fmt: skip
@click.option("--since", metavar="TIME", help="Only events from then on.")
@click.option("--until", metavar="TIME", help="Only events before then.")
@click.option("--state", "state_file", type=_FILE, metavar="FILE",
              help="Tell only what is new since the last run with this file.")  # fmt: skip
@click.option("--limit", type=click.IntRange(0), default=_MOST, show_default=True,
              help="At most so many findings of one rule; 0 for all.")  # fmt: skip
@click.option("--strict", is_flag=True, help="A rule that cannot be run is an error.")
@click.option("--output", type=_FILE, metavar="FILE", help="Write to a file, not to stdout.")
@click.option("--config", type=_FILE, envvar="ATALAYA_CONFIG",
              help="The landing-zone file: what %lists% in rules stand for.")  # fmt: skip
@click.option("--allow-empty", is_flag=True, help="A history without events is no error.")
@partial(output_options, formats=(*FORMATS, "ocsf"))
def detect(*, view: View, **asked: Any) -> Exit:
    """Run detection rules over the history, and say who did what, and what to ask next.

    All rules of this project are run, or those chosen. The table shows findings by
    actor and session, the worst first. jsonl and csv are a finding a line; ocsf is a
    Detection Finding (class 2004) a line. A rule that cannot be run is named with the
    reason; the others are run.

    With --state a run looks only at what `ops collect` brought since the last one, late
    logs included, and nothing is told twice. A rule that was changed looks at everything.

    \b
    Exit status: 0 no findings, 1 findings, 2 usage, 3 the history is empty or cannot
    be read, or with --strict a rule was refused.

    \b
    Example:
        ops detect --store history --level high
        ops detect --store history --state detect.json --format ocsf --output new.jsonl
        ops detect --store history --sigma ./my-rules --strict
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    if asked["state_file"] and (asked["since"] or asked["until"]):
        raise UsageError(
            "--state remembers what was looked at, and does not fit --since and --until.",
            hint="leave out one of the two",
        )
    return _Command(asked, view).run()


class _Command:
    """One call of `ops detect`."""

    def __init__(self, asked: Mapping[str, Any], view: View) -> None:
        self._asked, self._view = asked, view
        self._now = datetime.now(UTC)
        self._place, self._window = of_store(asked, self._now)
        self._catalogue: Catalogue = self._opened()
        self._rules = self._chosen()

    def run(self) -> Exit:
        report = self._looked() if self._asked["state_file"] is None else self._continued()
        self._say(report)
        if report.findings:
            return Exit.FINDINGS
        return Exit.INCOMPLETE if report.refused and self._asked["strict"] else Exit.OK

    def _opened(self) -> "Catalogue":
        from ops.query import lists
        from ops.rules import catalogue

        root, known = self._asked["sigma"], lists.known(self._place.zone)
        return catalogue.opened(root, known) if root else catalogue.shipped(known)

    def _chosen(self) -> "list[Detection]":
        from ops.rules.rule import Level

        asked, found = self._asked, self._catalogue
        chosen = [found.found(name) for name in asked["names"]]
        chosen += [one for name in asked["profiles"] for one in found.of_profile(name)]
        if not (asked["names"] or asked["profiles"]):
            chosen = list(found.rules)
        least = Level(asked["level"]).rank if asked["level"] else 0
        once = {id(one): one for one in chosen if one.said.level.rank >= least}
        return list(once.values())

    def _looked(self) -> "Report":
        """Look at all events of the time asked about."""
        with self._place.opened(self._window) as engine:
            scan = self._scan(engine)
            scan.run(self._rules)
            report = self._report(engine, scan)
        self._show(report)
        return report

    def _continued(self) -> "Report":
        """Look at what is new, and remember it when it has been told."""
        from ops.detect import state as states

        path, store = self._asked["state_file"], self._store()
        old = states.load(path, store)
        with self._place.opened(self._window) as engine:
            runs = states.runs(engine)
        # Opened again: what these runs collected is there now, whatever is collected meanwhile.
        with self._place.opened(self._window) as engine:
            scan = self._scan(engine, old.told)
            self._told_apart(scan, old, runs)
            report = self._report(engine, scan)
        told = [one for one in self._rules if scan.told(one)]
        new = old.after(store, runs, told, [one.id for one in report.findings])
        self._show(report, lambda content: states.promise(path, old, new, self._output, content))
        states.save(path, new)
        return report

    def _told_apart(self, scan: "Scan", old: "State", runs: "Sequence[Run]") -> None:
        """Let rules that know the rest look at what is new, and others at everything."""
        from ops.detect import state as states

        known = [one for one in self._rules if old.knows(one)]
        others = [one for one in self._rules if not old.knows(one)]
        new = old.new(runs)
        if known and new:
            scan.run(known, states.collected(new))
        if others:
            scan.run(others)
        objects = sum(one.objects - old.runs.get(one.name, 0) for one in new)
        say(f"Looked at {objects:,} new objects of {len(new):,} runs of ops collect with "
            f"{len(known):,} rules, and at everything with {len(others):,} new or changed ones.")  # fmt: skip

    def _scan(self, engine: "Local", known: frozenset[str] = frozenset()) -> "Scan":
        from ops.detect.scan import Scan

        options = {"--store": str(self._asked["store"])}
        return Scan(engine, options, most=self._asked["limit"] or None, known=known)

    def _report(self, engine: "Local", scan: "Scan") -> "Report":
        from ops.detect.report import Report
        from ops.detect.scan import NotRun
        from ops.query import coverage

        refused = [NotRun(one.title or one.file, one.reason) for one in self._catalogue.refused]
        covered = coverage.of(engine, self._window, truncated=scan.dropped > 0,
                              expected=expected(self._place.zone), pruned=engine.files.pruned)  # fmt: skip
        return Report(
            findings=sorted(scan.findings, key=lambda one: (one.time is None, one.time, one.id)),
            refused=[*refused, *scan.refused],
            rules_run=len(self._rules) - len(scan.refused),
            coverage=covered,
            dropped=scan.dropped,
        )

    def _store(self) -> str:
        """Return what tells this store from others."""
        from ops.history.store import about, existing

        return about(existing(str(self._asked["store"]))).created_at

    @property
    def _output(self) -> Path:
        output: Path = self._asked["output"]
        return output

    def _show(self, report: "Report", before: Any = None) -> None:
        """Hand out a report; `before` hears what will be in the file, before it is."""
        if self._asked["output"] is None:
            if self._view.format == "table":
                from ops.render import detect as views

                print_whole(views.table(report))
            else:
                click.echo(self._text(report), nl=False)
            return
        from ops import whole

        content = self._text(report).encode()
        if before is not None:
            before(content)
        try:
            whole.write(self._output, content)
        except OSError as error:
            raise StoreError(
                f"--output {self._output} cannot be written: {error.strerror}"
            ) from error

    def _text(self, report: "Report") -> str:
        from ops.detect import ocsf
        from ops.detect.finding import FIELDS
        from ops.render import detect as views
        from ops.render import machine, screen

        match self._view.format:
            case "table":
                return screen.plain(views.table(report))
            case "ocsf":
                return machine.text(
                    [ocsf.event(one, self._now) for one in report.findings], "jsonl"
                )
            case "json":
                return machine.text(report.as_json(), "json", self._view.expression)
            case form:
                return machine.text(
                    [one.as_json() for one in report.findings], form, columns=FIELDS
                )

    def _say(self, report: "Report") -> None:
        for one in report.refused[:_SAID]:
            say(f"Refused: {one.reason}" if one.reason.startswith(one.rule)
                else f"Refused: {one.rule}: {one.reason}")  # fmt: skip
        if len(report.refused) > _SAID:
            say(f"and {len(report.refused) - _SAID:,} more rules (--format json has all)")
        for line in report.coverage.words():
            say(line)
        if report.dropped:
            say(f"Truncated: {report.dropped:,} more findings of rules that have more than "
                f"{self._asked['limit']:,}; --limit 0 gives all.")  # fmt: skip
        say(f"Findings: {len(report.findings):,}. Rules run: {report.rules_run:,}, "
            f"refused: {len(report.refused):,}.")  # fmt: skip
