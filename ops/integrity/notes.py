"""What a report notes of its chains: a line each while they are few, one for all of many."""

from collections.abc import Iterator, Sequence

from ops.integrity.outcome import ChainOutcome
from ops.integrity.span import clock

_NAMED = 3
"""So many chains are named one by one; a list of a thousand helps nobody."""


def claims(chains: Sequence[ChainOutcome]) -> Iterator[str]:
    """Yield from when on a run without --since claims anything."""
    firsts = [clock(one.first) for one in chains if one.first is not None]
    if len(firsts) > _NAMED:
        yield (
            f"{len(firsts)} chains: each verified from its first digest, of {min(firsts)} to "
            f"{max(firsts)}"
        )
        return
    for one, first in zip(chains, firsts, strict=True):
        place = f"{one.account} {one.region} {one.trail}"
        yield f"{place}: verified from its first digest, {first}"


def trusts(chains: Sequence[ChainOutcome]) -> Iterator[str]:
    """Yield what is taken over from an earlier run."""
    trusted = [(one, one.trusted) for one in chains if one.trusted is not None]
    if len(trusted) > _NAMED:
        named = [(f"{len(trusted)} chains", [trust for _, trust in trusted])]
    else:
        named = [(f"{one.account} {one.region} {one.trail}", [trust]) for one, trust in trusted]
    for place, trusts in named:
        yield (
            f"{place}: {sum(one.digests for one in trusts)} digests and "
            f"{sum(one.logs for one in trusts)} log files up to "
            f"{clock(max(one.until for one in trusts))} are taken on trust from an earlier run"
        )
