"""`ops rules list`, `show`, `render` and `test`: the detection rules themselves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ops.cli.options import View, level_option, output_options
from ops.errors import Exit, UsageError
from ops.render.text import clean

if TYPE_CHECKING:
    from ops.rules.catalogue import Catalogue
    from ops.rules.rule import Detection
    from ops.rules.targets import Renderer

Command = TypeVar("Command", bound=Callable[..., Any])
_TARGETS = ("cloudwatch", "securityhub", "cis", "prowler", "eventbridge", "duckdb", "athena")


def catalogue_options(command: Command) -> Command:
    """Give a command `--dir`, whose rules are looked at, and `--config`, whose lists fill them."""
    for option in (
        click.option("--config", type=click.Path(path_type=Path, dir_okay=False),
                     envvar="ATALAYA_CONFIG",
                     help="The landing-zone file: what %lists% in rules stand for."),
        click.option("--dir", "root", type=click.Path(path_type=Path), metavar="DIR",
                     help="Sigma rules of your own, instead of this project's."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(name="list", short_help="List the rules.")
@click.option("--profile", help="Only the rules of a profile, such as cis-5.0.")
@click.option("--tag", help="Only the rules with a tag, such as attack.persistence.")
@level_option
@catalogue_options
@output_options
def list_(*, profile: str | None, tag: str | None, level: str | None, root: Path | None,
          config: Path | None, view: View) -> None:  # fmt: skip
    """List the rules: name, level, tactics, profiles, and the targets that can express them.

    What was refused of --dir, and why, is said on stderr.

    \b
    Example:
        ops rules list --profile tamper
        ops rules list --dir ./sigma --format json
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.render import rules as views

    found = _opened(root, config, examples=True)
    renderer = _renderer()
    chosen = [(rule, renderer.texts(rule)) for rule in _chosen(found, profile, tag, level)]
    view.show([views.data(*one) for one in chosen], lambda: views.listed(chosen))
    for line in views.refused(found.refused):
        click.echo(line, err=True)


@click.command(short_help="Explain one rule.")
@click.argument("rule")
@catalogue_options
@output_options
def show(*, rule: str, root: Path | None, config: Path | None, view: View) -> None:
    """Explain RULE, a name or an id: what it means, its events, its text for every target.

    \b
    Example:
        ops rules show trail-tampering
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.render import rules as views

    found = _opened(root, config, examples=True)
    one = found.found(rule)
    examples = _examples(found, [one])[one.said.file]
    texts = _renderer().texts(one)
    view.show(views.whole(one, texts, examples), lambda: views.explained(one, texts, examples))


@click.command(short_help="Print a rule as one target wants it.")
@click.argument("rule")
@click.option("--target", type=click.Choice(_TARGETS), required=True, help="What it is for.")
@click.option("--narrow", type=click.Choice(["case"]),
              help="case: let a filter pattern take texts in the case they are written in alone.")  # fmt: skip
@click.option("--since", default="7d", show_default=True, metavar="TIME",
              help="How far back the SQL for Athena looks.")  # fmt: skip
@catalogue_options
def render(*, rule: str, target: str, narrow: str | None, since: str, root: Path | None,
           config: Path | None) -> None:  # fmt: skip
    """Print RULE's text for a target, and nothing else, ready to be pasted.

    A target that cannot express the rule refuses it and says why; nothing is weakened.
    Lists of the site are filled from --config, which Athena's database is named from, too.

    \b
    Exit status: 0 printed, 2 refused, or there is no such rule.

    \b
    Example:
        ops rules render trail-tampering --target cloudwatch
        ops rules render trail-tampering --target duckdb | ops query - --store history
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.rules.rule import Target
    from ops.rules.targets import narrowed

    one = _opened(root, config, examples=False).found(rule)
    text = _renderer(narrow=narrow is not None).text(one, Target(target))
    if narrow and target == Target.CLOUDWATCH and (texts := narrowed(one)):
        click.echo("Narrowed: in this case alone, and in no other, are found "
                   + ", ".join(map(clean, texts)), err=True)  # fmt: skip
    click.echo(_spelled(text, target, config, since))


@click.command(short_help="Try rules on their events in every target.")
@click.argument("names", metavar="[RULE]...", nargs=-1)
@catalogue_options
@output_options
def test(*, names: tuple[str, ...], root: Path | None, config: Path | None, view: View) -> Exit:
    """Try each RULE, or all, on the events beside its file, in every target.

    The rule's own logic, the filter patterns of CloudWatch (compiled and prescribed, and
    both ways AWS may read != of an absent field), the event pattern of EventBridge and SQL
    on DuckDB must all find what the events say, or the rule must declare the difference.
    Events stand in NAME.events.jsonl, a line each:

    \b
        {"expect": "match" or "no_match", "why": "...", "event": {a record}}

    \b
    Exit status: 0 all agree, 1 a rule failed, 2 usage, 3 a file of --dir was refused.

    \b
    Example:
        ops rules test
        ops rules test my-rule --dir ./sigma
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.detect.trial import Bench
    from ops.render import rules as views
    from ops.rules.trial import tried

    found = _opened(root, config, examples=True)
    rules = [found.found(name) for name in names] or list(found.rules)
    examples = _examples(found, rules)
    with Bench(rules, examples) as bench:
        trials = [tried(rule, examples[rule.said.file], _renderer(), bench.lines, strict=root is None)
                  for rule in rules]  # fmt: skip
    view.show([views.trial_data(one) for one in trials], lambda: views.tested(trials), whole=True)
    passed = sum(one.passed for one in trials)
    click.echo(f"{passed:,} of {len(trials):,} rules passed", err=True)
    for line in views.refused(found.refused):
        click.echo(line, err=True)
    if passed < len(trials):
        return Exit.FINDINGS
    return Exit.INCOMPLETE if found.refused and not names else Exit.OK


def _opened(root: Path | None, config: Path | None, *, examples: bool) -> "Catalogue":
    """Return the rules; without a config their lists are empty, or hold what examples hold."""
    from ops.rules import catalogue
    from ops.rules.examples import LISTS

    lists = _lists(config) if config else LISTS if examples else {}
    return catalogue.opened(root, lists) if root else catalogue.shipped(lists)


def _lists(config: Path) -> Mapping[str, Sequence[str]]:
    from ops.config import load
    from ops.query import lists

    return lists.known(load(config))


def _chosen(found: "Catalogue", profile: str | None, tag: str | None, level: str | None
            ) -> "list[Detection]":  # fmt: skip
    from ops.rules.rule import Level

    rules = found.of_profile(profile) if profile else found.rules
    rules = tuple(one for one in rules if tag is None or one in found.tagged(tag))
    if tag and not rules:
        raise UsageError(
            f"No rule has the tag {tag!r}.", hint="`ops rules list` without it names all"
        )
    return [one for one in rules if level is None or one.said.level.rank >= Level(level).rank]


def _renderer(*, narrow: bool = False) -> "Renderer":
    from ops.detect.columns import COLUMNS
    from ops.rules.targets import Renderer

    return Renderer(COLUMNS, narrow_case=narrow)


def _examples(found: "Catalogue", rules: "Sequence[Detection]") -> dict[str, Any]:
    from ops.rules import examples

    where = found.root if found.root.is_dir() else found.root.parent
    return {one.said.file: examples.beside(where / one.said.file) for one in rules}


def _spelled(text: str, target: str, config: Path | None, since: str) -> str:
    """Return a rule's text as it is pasted: SQL is spelled as its engine wants it."""
    from ops.detect import spelled

    if target == "duckdb":
        return spelled.duckdb(text)
    return text if target != "athena" else _in_athena(text, config, since)


def _in_athena(text: str, config: Path | None, since: str) -> str:
    from ops import catalog, names, timerange
    from ops.config import load
    from ops.detect import spelled
    from ops.query.window import Window

    if config is None:
        raise UsageError(
            "Which database is Athena to ask?", hint="name the landing-zone file: --config F"
        )
    now = datetime.now(UTC)
    window = Window(timerange.moment(since, now), now)
    return spelled.athena(text, names.analytics_database(load(config)), catalog.LOGS, window)
