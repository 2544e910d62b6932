"""What the shipped rules find: every step of the attack, and next to nothing in ordinary days."""

from collections import Counter

import pytest

from ops.lab.history import STEPS
from ops.rules.rule import Level
from tests.detect.detecting import ordinary, scanned, shipped
from tests.lab_history.conftest import a_plan, a_zone
from tests.query import stores
from tests.query.conftest import day_store, plan, story

__all__ = ["day_store", "plan", "story"]

DAYS = 30
FOUND = {
    "leaked-key": {"leaked-key-tested"},
    "recon": {"denied-discovery-burst", "unauthorized-api-calls"},
    "persistence": {"console-password-set", "access-key-for-user", "role-trusts-stranger"},
    "escalation": {"admin-policy-attached", "admin-inline-policy", "admin-policy-version"},
    "console": {"authentication-failures", "sign-in-without-mfa", "user-names-guessed"},
    "hop": {"user-key-role-chain"},
    "secrets": {"secrets-read-burst", "secrets-taken-at-once"},
    "exfiltration": {"objects-read-in-bulk"},
    "sharing": {"snapshot-shared", "bucket-opened", "public-access-block-removed"},
    "foothold": {"admin-port-opened", "large-machines-started", "key-pair-imported"},
    "evasion": {"guardduty-blinded", "security-service-disabled", "config-rules-removed"},
    "trail-tampering": {"trail-tampering"},
    "leave-organization": {"account-escaped"},
    "ransom": {"objects-mass-deleted", "key-deletion-hurried", "bucket-versions-suspended"},
    "root": {"root-sign-in", "root-password-recovery", "root-usage"},
    "quarantine": {"key-quarantined"},
    "response": {"break-glass-used"},
}
"""Rules that find a step: the least; docs/how-to/detect.md has the table."""


@pytest.fixture(scope="module")
def by_step(day_store, story):
    """Return the names of the rules that found something, by the step of the attack."""
    steps = {one.event_id: one.step for one in story.planted}
    found = {step.name: set() for step in STEPS}
    for one in scanned(day_store, shipped()).findings:
        for event in one.event_ids:
            if event in steps:
                found[steps[event]].add(one.rule.said.name)
    return found


@pytest.mark.parametrize("step", [one.name for one in STEPS])
def test_every_step_of_the_attack_is_found_by_the_rules_made_for_it(by_step, step):
    assert FOUND[step] <= by_step[step]


def test_no_shipped_rule_is_refused(day_store):
    assert not scanned(day_store, shipped()).refused


def test_a_month_without_an_attack_gives_less_than_one_severe_finding_a_day(
    tmp_path, record_property
):
    zone = a_zone()
    # Most of what people do is recorded at home; the other regions would take as long again.
    home = tuple((account.id, zone.regions.home) for account in zone.organization.accounts)
    plan = a_plan(scale=0.02, days=DAYS, attack=False, only=home)
    store = stores.of_history(tmp_path / "store", ordinary(plan))
    found = scanned(store, shipped()).findings
    load = Counter(one.rule.said.name for one in found)
    record_property("false positives by rule", dict(load))
    severe = [one for one in found if one.rule.said.level.rank >= Level.HIGH.rank]
    assert len(severe) < DAYS, Counter(one.rule.said.name for one in severe)
    assert found, "a month in which no rule finds anything shows nothing"
