"""`ops backtest`: what filters, event rules and alarms would have done over a history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli.asking import history_option, say
from ops.cli.histories import expected, of_store
from ops.cli.options import View, output_options
from ops.errors import Exit, UsageError

if TYPE_CHECKING:
    from ops.detect.backtest.alarm import Alarm
    from ops.detect.backtest.outcome import Outcome
    from ops.detect.backtest.pattern import Pattern
    from ops.detect.backtest.subject import Found, Subject
    from ops.query.coverage import Coverage
    from ops.query.local import Local

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_SETTINGS = ("period", "threshold", "evaluation_periods", "datapoints_to_alarm", "missing")
_COLUMNS = ("name", "kind", "day", "hits")
"""Of a row for each subject and day."""


@click.command(short_help="Say what filters and alarms would have done over a history.")
@history_option
@click.option("--since", metavar="TIME", help="Only events from then on.")
@click.option("--until", metavar="TIME", help="Only events before then.")
@click.option("--pattern", "patterns", multiple=True, metavar="P",
              help='A filter pattern, or an event pattern if it begins with {". Repeatable.')  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="NAME",
              help="A rule of this project, by name or id. Repeatable.")  # fmt: skip
@click.option("--sigma", type=click.Path(path_type=Path, exists=True), metavar="DIR",
              help="All Sigma rules of yours below a directory, or of a file.")  # fmt: skip
@click.option("--plan", type=_FILE, metavar="FILE",
              help="The filters, alarms and rules of a Terraform plan or a CDK stack, as JSON.")  # fmt: skip
@click.option(
    "--log-group", metavar="NAME", help="The filters and alarms deployed on it, from AWS."
)
@click.option(
    "--against",
    metavar="P",
    help="Say what each catches and this pattern does not, and the reverse.",
)
@click.option(
    "--account", metavar="ID", help="Where event rules stand.  [default: each account apart]"
)
@click.option("--region", metavar="REGION", help="Where event rules stand, and the log group is.")
@click.option("--profile", metavar="NAME", help="Whose credentials read the log group.")
@click.option("--all-management-events", is_flag=True,
              help="Event rules see read-only management events, too.")  # fmt: skip
@click.option(
    "--period",
    type=click.IntRange(1),
    metavar="SECONDS",
    help="Of the alarm, instead of its own.  [default: 300]",
)
@click.option("--threshold", type=float, metavar="N", help="As --period.  [default: 1]")
@click.option(
    "--evaluation-periods", type=click.IntRange(1), metavar="N", help="As --period.  [default: 1]"
)
@click.option("--datapoints", "datapoints_to_alarm", type=click.IntRange(1), metavar="M",
              help="As --period: how many of them must breach.  [default: all]")  # fmt: skip
@click.option("--missing", type=click.Choice(["notBreaching", "breaching", "ignore", "missing"]),
              help="As --period: what stands for missing data.  [default: notBreaching]")  # fmt: skip
@click.option("--config", type=_FILE, envvar="ATALAYA_CONFIG",
              help="The landing-zone file: its archive, and who ought to record events.")  # fmt: skip
@click.option("--allow-empty", is_flag=True, help="A history without events is no error.")
@output_options
def backtest(*, view: View, **asked: Any) -> Exit:
    """Say what filters, event rules and alarms would have done over a history.

    Every event is judged as CloudWatch Logs or EventBridge documents it; columns only
    leave out what cannot match. Filters are told with the alarms on their metric:
    when these would have gone off, how often they would have paged, and for how
    long. What AWS leaves open is said. Nothing is deployed and nothing is changed.

    \b
    Exit status: 0 whatever was found, 2 usage or a wrong pattern, 3 the history is
    empty or cannot be read.

    \b
    Example:
        ops backtest --store history --since 30d --rule unauthorized-api-calls
        ops backtest --store history --pattern '{ $.errorCode = "AccessDenied*" }' --threshold 10
        ops backtest --store history --plan plan.json --format json
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    return _Command(asked).run(view)


class _Command:
    """One call of `ops backtest`."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        from ops.detect.backtest.pattern import read
        from ops.detect.backtest.scope import Scope

        self._asked = asked
        self._scope: Scope = Scope(
            asked["account"], asked["region"], asked["all_management_events"]
        )
        self._against: Pattern | None = read(asked["against"]) if asked["against"] else None
        self._place, self._window = of_store(asked, datetime.now(UTC))
        self._found = self._subjects()

    def run(self, view: View) -> Exit:
        from ops.query import coverage

        with self._place.opened(self._window) as engine:
            covered = coverage.of(
                engine, self._window, truncated=False, expected=expected(self._place.zone),
                pruned=engine.files.pruned,
            )  # fmt: skip
            outcome = self._outcome(engine, covered)
        _show(outcome, view)
        for line in covered.words():
            say(line)
        return Exit.OK

    def _subjects(self) -> "Found":
        from ops.detect.backtest import plan
        from ops.detect.backtest.subject import Found, of_pattern

        asked = self._asked
        groups = [
            Found(tuple(of_pattern(text, _alarm(asked)) for text in asked["patterns"])),
        ]
        if asked["rules"]:
            groups.append(self._rules(asked["rules"]))
        if asked["sigma"]:
            groups.append(self._sigma(asked["sigma"]))
        if asked["plan"]:
            groups.append(plan.read(asked["plan"]))
        if asked["log_group"]:
            groups.append(self._deployed(asked["log_group"]))
        if not any(one.subjects or one.unread for one in groups):
            raise UsageError(
                "There is nothing to try.",
                hint="name a --pattern, --rule, --sigma, --plan or --log-group",
            )
        subjects = tuple(_set(one, asked) for group in groups for one in group.subjects)
        unread = tuple(each for one in groups for each in one.unread)
        if not subjects:
            reasons = "\n".join(f"{one.name}: {one.reason}" for one in unread)
            raise UsageError(f"Nothing of it can be replayed:\n{reasons}")
        return Found(subjects, unread)

    def _rules(self, names: Sequence[str]) -> "Found":
        from ops.detect.backtest import catalogued
        from ops.query import lists
        from ops.rules import catalogue

        found = catalogue.shipped(lists.known(self._place.zone))
        return catalogued.deployed([found.found(name) for name in names])

    def _sigma(self, root: Path) -> "Found":
        from ops.detect.backtest import catalogued
        from ops.query import lists
        from ops.rules import catalogue

        found = catalogue.opened(root, lists.known(self._place.zone))
        return catalogued.deployed(found.rules, found.refused)

    def _deployed(self, group: str) -> "Found":
        from ops.aws import Caller
        from ops.detect.backtest import deployed
        from ops.endpoint import Access

        access, zone = Access(profile=self._asked["profile"]), self._place.zone
        if zone is not None and access.profile is None:
            from ops.archive.opening import account_access

            access = account_access(zone, zone.organization.management_account)
        return deployed.read(Caller(access), group, region=self._asked["region"])

    def _outcome(self, engine: "Local", covered: "Coverage") -> "Outcome":
        from ops.detect.backtest.comparison import compared
        from ops.detect.backtest.outcome import Outcome, Span, result
        from ops.detect.backtest.replay import replayed, size

        span = None
        if covered.since and covered.until:
            span = Span(int(covered.since.timestamp()), int(covered.until.timestamp()) + 1)
        results = []
        for subject in self._found.subjects:
            found = replayed(engine, subject, self._scope)
            other = self._against
            difference = compared(engine, subject, other, self._scope) if other else None
            results.append(result(found, span or Span(0, 0), difference))
        return Outcome(span, size(engine), tuple(results), self._found.unread, covered.as_json())


def _set(subject: "Subject", asked: Mapping[str, Any]) -> "Subject":
    """Return a subject whose alarms have the settings that were asked for."""
    from ops.detect.backtest.pattern import Kind

    given = _given(asked)
    if not given or subject.kind is Kind.RULE:
        return subject
    alarms = tuple(replace(one, **given) for one in subject.alarms)
    return replace(subject, alarms=alarms or (_alarm(asked),))


def _alarm(asked: Mapping[str, Any]) -> "Alarm":
    from ops.detect.backtest.alarm import Alarm

    return Alarm(**_given(asked))


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    from ops.detect.backtest.alarm import Missing

    given = {name: asked[name] for name in _SETTINGS if asked[name] is not None}
    if "missing" in given:
        given["missing"] = Missing(given["missing"])
    return given


def _show(outcome: "Outcome", view: View) -> None:
    from ops.render import backtest as views

    lines = view.format in ("jsonl", "csv")
    data = list(_days(outcome)) if lines else outcome.as_json()
    view.show(data, lambda: views.report(outcome), whole=True, columns=_COLUMNS if lines else ())


def _days(outcome: "Outcome") -> Iterator[dict[str, Any]]:
    """Yield a row for each subject and day: what fits into lines."""
    for one in outcome.as_json()["subjects"]:
        for day in one["per_day"]:
            yield {"name": one["name"], "kind": one["kind"], **day}
