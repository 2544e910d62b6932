"""The rules of this project by name, as they are deployed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ops.detect.backtest.alarm import Alarm
from ops.detect.backtest.subject import Catalogued
from ops.errors import UsageError
from ops.rules import cis, reactions

_ANY_BUCKET = "*"


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    texts: Sequence[str]
    alarm: Alarm | None


def rules(bucket: str | None) -> Iterator[Catalogued]:
    """Yield every rule; `bucket` is the archive's name, which some are about."""
    for metric in cis.RULES:
        yield _Rule(metric.name, tuple(metric.patterns.values()), Alarm(name=metric.name))
    for event in reactions.rules(bucket or _ANY_BUCKET):
        yield _Rule(event.name, (json.dumps(event.pattern),), None)


def named(name: str, bucket: str | None = None) -> Catalogued:
    """Return the rule of a name; raise UsageError if there is none."""
    found = {one.name: one for one in rules(bucket)}
    if name not in found:
        raise UsageError(f"There is no rule {name!r}.", hint=f"rules: {', '.join(found)}")
    if name == reactions.ARCHIVE_BUCKET and bucket is None:
        raise UsageError(
            f"{name} is about the archive's bucket, and nobody says which that is.",
            hint="name the landing-zone file with --config",
        )
    return found[name]
