"""What must not be destroyed or replaced by accident: archive, key and trail.

The bucket (with its access-log bucket) and the key hold and open the evidence;
a trail that is replaced leaves a gap and begins a new digest chain. The policies
and settings around them hold no evidence and the next apply restores them, so
they are not on the list; a plan that replaces a bucket or key replaces those
too, and is refused for the bucket or key.
"""

from collections.abc import Iterable, Sequence

from ops.deploy.plan import Action, Change, StackPlan
from ops.errors import Refused

ARCHIVE_STACK = "log-archive"
_IN_ARCHIVE_STACK = ("aws_s3_bucket", "aws_kms_key")
_ANYWHERE = ("aws_cloudtrail",)


def protected(plan: StackPlan) -> tuple[Change, ...]:
    """Return the changes that would end a protected resource."""
    types = _ANYWHERE + (_IN_ARCHIVE_STACK if plan.stack == ARCHIVE_STACK else ())
    return tuple(
        one
        for one in plan.changes
        if one.type in types and one.action in (Action.REPLACE, Action.DESTROY)
    )


def judge(plans: Sequence[StackPlan], allowed: Iterable[str]) -> None:
    """Raise Refused unless every protected resource the plans would end is allowed.

    `allowed` holds addresses, alone or as STACK:ADDRESS.
    """
    named = set(allowed)
    refused = [
        (plan.stack, change)
        for plan in plans
        for change in protected(plan)
        if not named & {change.address, f"{plan.stack}:{change.address}"}
    ]
    if not refused:
        return
    what = "\n".join(
        f"  {change.action.value} {stack}:{change.address}" for stack, change in refused
    )
    options = " ".join(f"--allow-destroy {stack}:{change.address}" for stack, change in refused)
    raise Refused(
        f"The plan would end resources that hold or make the evidence:\n{what}",
        hint=f"if you mean it, add: {options}",
    )
