"""How facts are put together: about every resource of a type, or about none."""

from collections.abc import Callable, Iterable, Sequence

from ops.deploy.check.estate import Estate, Resource
from ops.deploy.check.model import Fact, Judgement, Status

Test = Callable[[Estate, Resource], bool]


def every(kind: str, test: Test, *, good: str, bad: str) -> Fact:
    """Return the fact that every resource of a type passes a test.

    `good` and `bad` are the reasons, before the addresses.
    """

    def fact(estate: Estate) -> Judgement:
        found = estate.of(kind)
        if not found:
            return Judgement(Status.NOT_APPLICABLE, f"the plan holds no {kind}")
        return verdict([one for one in found if not test(estate, one)], found, good=good, bad=bad)

    return fact


def verdict(
    failing: Sequence[Resource], judged: Sequence[Resource], *, good: str, bad: str
) -> Judgement:
    """Return fail, naming the failing resources; else pass, naming those judged."""
    if failing:
        return Judgement(Status.FAIL, f"{bad}: {listed(failing)}", labels(failing))
    return Judgement(Status.PASS, f"{good}: {listed(judged)}", labels(judged))


def manual(reason: str) -> Fact:
    """Return the fact that a plan cannot decide this."""
    return lambda _: Judgement(Status.MANUAL, reason)


def not_applicable(reason: str) -> Fact:
    """Return the fact that the landing zone has nothing a control could judge."""
    return lambda _: Judgement(Status.NOT_APPLICABLE, reason)


def labels(resources: Iterable[Resource]) -> tuple[str, ...]:
    """Return STACK:ADDRESS of each."""
    return tuple(one.label for one in resources)


def listed(resources: Sequence[Resource]) -> str:
    """Return up to three addresses, and how many more there are."""
    shown = ", ".join(one.label for one in resources[:3])
    return f"{shown} and {len(resources) - 3} more" if len(resources) > 3 else shown
