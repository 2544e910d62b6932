"""`ops lookup`: ask CloudTrail's event history, in many accounts and regions at once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli.options import View, output_options
from ops.errors import Exit, UsageError
from ops.render.text import clean

if TYPE_CHECKING:
    from ops.config import LandingZone
    from ops.endpoint import Endpoint
    from ops.query.lookup import Answer, Pages, Place, Question
    from ops.query.lookup.asking import Progress
    from ops.query.lookup.callers import Callers

_SETTLED = timedelta(minutes=15)
"""How long CloudTrail may take to remember an event (User Guide, "event history")."""


@click.command(short_help="Ask CloudTrail's event history of 90 days, without an archive.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE",
              help="Only such events: EventName, Username, AccessKeyId, … Repeatable: all count.")  # fmt: skip
@click.option("--since", metavar="TIME", help="From when on.  [default: 90 days ago]")
@click.option("--until", metavar="TIME", help="Until when.  [default: now]")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="ATALAYA_CONFIG",
    help="The landing-zone file: ask all its accounts and regions, by its deploy roles.",
)
@click.option(
    "--account", "accounts", multiple=True, metavar="ID", help="Only this account. Repeatable."
)
@click.option(
    "--region", "regions", multiple=True, metavar="REGION", help="Only this region. Repeatable."
)
@click.option("--role", metavar="NAME", help="The role to assume in every other account.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The newest N events only.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep every page here instead, to be collected; asked again, it goes on.",
)
@output_options
def lookup(*, view: View, **asked: Any) -> Exit:
    """Ask CloudTrail's event history, in many accounts and regions at once.

    It remembers the management events of 90 days, without a trail or an archive.
    Without --config only your own account is asked, in your own region. AWS takes
    one attribute and two requests a second for each account and region: the
    attribute that leaves fewest events is sent, the others are compared here. TIME
    is ISO 8601, a date, or how long ago: 7d, 36h.

    \b
    Exit status: 0 whatever was found, 2 usage, 3 some account or region could not
    be asked to its end.

    \b
    Example:
        ops lookup --attribute AccessKeyId=AKIAIOSFODNN7EXAMPLE --config acme.yaml
        ops lookup --attribute EventName=StopLogging --since 7d --output ./found
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    if asked["limit"] and asked["output"]:
        raise UsageError(
            "--limit and --output do not go together.",
            hint="--output keeps everything, and can be interrupted and taken up again",
        )
    return _Command(asked).run(view)


class _Command:
    """One call of `ops lookup`."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._zone = self._landing_zone()
        self._question = self._asked_for()
        self._callers, self._places = self._reached()

    def run(self, view: View) -> Exit:
        from ops.render import lookup as views

        with self._kept_in() as pages:
            answer = self._answer(pages)
        if pages is None:
            rows = [one.row() for one in answer.events]
            view.show(rows, lambda: views.events(rows))
        else:
            data = self._kept(answer, pages)
            view.show(data, lambda: views.summary(data))
        self._say(answer)
        return Exit.INCOMPLETE if answer.failed else Exit.OK

    def _answer(self, pages: "Pages | None") -> "Answer":
        from ops.query.lookup import ask
        from ops.render import lookup as views
        from ops.render import screen

        if pages is not None:
            self._question = pages.question
            if pages.resumed:
                _tell(f"going on with what lies in {pages.directory}")
        with views.Watch(screen.err()) as watch:
            return ask(
                self._question,
                self._places,
                self._request,
                limit=self._asked["limit"],
                pages=pages,
                tell=lambda progress: watch.tell(_so_far(progress)),
            )

    def _landing_zone(self) -> "LandingZone | None":
        from ops.config import load

        return load(self._asked["config"]) if self._asked["config"] else None

    def _asked_for(self) -> "Question":
        from ops import timerange
        from ops.query.lookup import Question
        from ops.query.lookup.question import attributes, period

        since, until = (
            timerange.moment(self._asked[name], self._now) if self._asked[name] else None
            for name in ("since", "until")
        )
        timerange.checked(since, until)
        return Question(*period(since, until, self._now), attributes(self._asked["attributes"]))

    def _reached(self) -> "tuple[Callers, list[Place]]":
        from ops.query.lookup import Place
        from ops.query.lookup.callers import Callers

        if self._zone is None:
            roles, regions = self._own_reach()
            callers = Callers(roles)
        else:
            roles, regions = _zone_reach(self._zone, self._asked["role"])
            callers = Callers(roles, region=self._zone.regions.home, endpoint=_endpoint(self._zone))
        accounts = self._asked["accounts"] or tuple(roles)
        if unknown := [one for one in accounts if one not in roles]:
            raise UsageError(
                f"Account {unknown[0]} is not in {self._asked['config']}.",
                hint=f"its accounts are {', '.join(roles)}",
            )
        wanted = dict.fromkeys(self._asked["regions"] or regions)
        return callers, [Place(one, region) for one in dict.fromkeys(accounts) for region in wanted]

    def _own_reach(self) -> tuple[dict[str, str | None], list[str]]:
        """Return the roles and regions without a landing zone: your own, and those named."""
        from ops import cloudtrail
        from ops.aws import Caller
        from ops.endpoint import Access
        from ops.query.lookup.callers import account_of

        caller = Caller(Access())
        arn = cloudtrail.caller_arn(caller)
        own, partition = account_of(arn), arn.split(":")[1]
        roles: dict[str, str | None] = {}
        for account in self._asked["accounts"] or (own,):
            if account == own:
                roles[account] = None
            elif self._asked["role"]:
                roles[account] = f"arn:{partition}:iam::{account}:role/{self._asked['role']}"
            else:
                raise UsageError(
                    f"Your credentials are of account {own}, not of {account}.",
                    hint="name a role that you may assume there with --role, or a landing-zone "
                    "file with --config",
                )
        return roles, [caller.region]

    def _request(
        self, place: "Place", since: datetime, until: datetime, attribute: Mapping[str, str]
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        from ops import cloudtrail

        caller = self._callers.of(place.account)
        yield from cloudtrail.lookup_pages(caller, place.region, since, until, **attribute)

    def _kept_in(self) -> "AbstractContextManager[Pages | None]":
        if self._asked["output"] is None:
            return nullcontext()
        from ops.query.lookup import pages

        typed = [f"--attribute {name}={one}" for name, one in self._question.attributes.items()]
        typed += [f"--{name} {self._asked[name]}" for name in ("since", "until")
                  if self._asked[name]]  # fmt: skip
        return pages.held(self._asked["output"], self._question, typed)

    def _kept(self, answer: "Answer", pages: "Pages") -> dict[str, Any]:
        places = [
            {
                "account": one.place.account,
                "region": one.place.region,
                "events": pages.held(one.place.account, one.place.region),
                "complete": one.failure is None,
                "failure": str(one.failure or ""),
            }
            for one in answer.places
        ]
        return {
            "output": str(pages.directory),
            "since": _written(self._question.since),
            "until": _written(self._question.until),
            "complete": not answer.failed,
            "events": sum(one["events"] for one in places),
            "duplicates": sum(one.duplicates for one in answer.places),
            "requests": sum(one.requests for one in answer.places),
            "places": places,
        }

    def _say(self, answer: "Answer") -> None:
        """Say on stderr what was asked, and what the answer does not hold."""
        question = self._question
        sent, compared = question.asked(), question.compared()
        _tell(
            f"asked {len(answer.places)} places (account and region), "
            f"{_written(question.since)} to {_written(question.until)}: "
            f"{sum(one.found for one in answer.places)} found, "
            f"{sum(one.requests for one in answer.places)} requests"
        )
        if compared:
            _tell(f"AWS was asked for {_listed(sent)}; {_listed(compared)} was compared here")
        if answer.truncated:
            _tell(f"there are more: these are the newest {self._asked['limit']}")
        if self._now - question.until < _SETTLED:
            _tell("events of the last 15 minutes may not be remembered yet")
        for one in answer.failed:
            _tell(f"not complete: {one.place}: {one.failure}")
            if one.failure and one.failure.hint:
                _tell(f"  → {one.failure.hint}")
        for one in answer.places:
            if one.unreadable:
                _tell(f"{one.place}: {one.unreadable} events without a readable record left out")


def _zone_reach(zone: "LandingZone", role: str | None) -> tuple[dict[str, str | None], list[str]]:
    """Return the role of each account of a landing zone, and the regions to ask.

    The region of global services is among them: IAM's events are remembered there.
    """
    from ops import names

    accounts = [one.id for one in zone.organization.accounts]
    accounts += [one.id for one in zone.standalone_accounts]
    roles = {
        account: names.role_arn(zone, account, role) if role
        else names.deploy_role_arn(zone, account)
        for account in accounts
    }  # fmt: skip
    regions = [*zone.regions.governed, *zone.regions.opt_in, zone.where.global_region]
    return roles, regions


def _endpoint(zone: "LandingZone") -> "Endpoint | None":
    from ops import endpoint

    return endpoint.resolve(zone)


def _so_far(progress: "Progress") -> str:
    return (
        f"{progress.ended} of {progress.places} places, {progress.events:,} events, "
        f"{progress.requests:,} requests"
    )


def _listed(attributes: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in attributes.items())


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _tell(text: str) -> None:
    click.echo(clean(text), err=True)
