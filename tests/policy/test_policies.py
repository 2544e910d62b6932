"""Who may and who may not, under every policy; and every word of every policy is needed."""

from collections.abc import Callable

import pytest

from ops.config import LandingZone

from . import (
    analytics_cases,
    archive_cases,
    guardrail_cases,
    key_cases,
    messaging_cases,
    role_cases,
)
from .cases import Case, Subject
from .mutations import mutants
from .zones import ZONES, a_zone

SUBJECTS = (
    *archive_cases.SUBJECTS,
    *key_cases.SUBJECTS,
    *role_cases.SUBJECTS,
    *messaging_cases.SUBJECTS,
    *guardrail_cases.SUBJECTS,
    *analytics_cases.SUBJECTS,
)
Maker = Callable[[LandingZone], Subject]
every_subject = pytest.mark.parametrize("maker", SUBJECTS, ids=lambda maker: maker.__name__)


def failures(subject: Subject) -> list[str]:
    wrong = [case for case in subject.cases
             if subject.allowed(subject.policy, case) is not case.allowed]  # fmt: skip
    return [f"{subject.name}: {case} {case.request}" for case in wrong]


def notices(subject: Subject, policy: dict, case: Case) -> bool:
    return subject.allowed(policy, case) is not case.allowed


@every_subject
@pytest.mark.parametrize("partition", ZONES)
def test_exactly_who_should_may(maker: Maker, partition: str):
    assert failures(maker(ZONES[partition])) == []


@every_subject
def test_exactly_who_should_may_in_the_smallest_landing_zone(maker: Maker):
    wanted = ["arn:aws:iam::333333333333:role/auditor", "arn:aws:iam::444444444444:root"]
    analysts = [wanted[0].replace("auditor", "responder"), wanted[1]]
    # Named, so that their policies can be made; not deployed, so that nothing lets them in.
    zone = a_zone(readers=wanted, analytics={"analysts": analysts})
    assert failures(maker(zone)) == []


@every_subject
def test_every_policy_is_tried_from_both_sides(maker: Maker):
    cases = maker(ZONES["aws"]).cases
    assert {case.allowed for case in cases} == {True, False}


@every_subject
@pytest.mark.parametrize("partition", ZONES)
def test_any_change_to_a_policy_is_noticed_by_a_case(maker: Maker, partition: str):
    subject = maker(ZONES[partition])
    made = list(mutants(subject.policy, subject.reaches))
    unnoticed = [
        change
        for change, policy in made
        if not any(notices(subject, policy, case) for case in subject.cases)
    ]
    assert made
    assert unnoticed == []
