"""The monitoring controls of the CIS benchmark: the shipped rules that bear their numbers.

Sources: CIS AWS Foundations Benchmark v1.2, v3.0 and v5.0; Security Hub User Guide, "Amazon
CloudWatch controls"; prowler's metric-filter checks.
"""

from functools import cache

from ops.rules import catalogue
from ops.rules.rule import Rule

PROFILE = "cis-5.0"
_VERSION = PROFILE.removeprefix("cis-")


@cache
def controls() -> tuple[Rule, ...]:
    """Return the rule of each control, in the benchmark's order; raise RuleError."""
    found = catalogue.shipped(mentioning=(PROFILE,)).of_profile(PROFILE)
    return tuple(sorted((one for one in found if isinstance(one, Rule)), key=number))


def number(rule: Rule) -> int:
    """Return n of a control x.n, which every version of the benchmark gives it."""
    return int(rule.said.cis[_VERSION].rpartition(".")[2])
