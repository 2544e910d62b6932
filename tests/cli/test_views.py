"""The views of a deployment, as they look on 80 columns."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from ops.deploy.messages import Event, Kind
from ops.deploy.outcome import Outcome, Result, Status
from ops.deploy.plan import Action, Change, StackPlan
from ops.render import deploy as views
from ops.render.progress import Talk

GOLDEN = Path(__file__).with_name("golden")
LONG = "reactions-delegated-administrator"


def a_change(address, action):
    return Change(address, address.partition(".")[0], action)


def a_plan(stack, *changes, **more):
    return StackPlan(stack, "222222222222", "ap-southeast-2", changes, changed=True, **more)


PLANS = [
    a_plan("organisation set-up", a_change("EnablePolicyType SERVICE_CONTROL_POLICY", Action.ADD)),
    a_plan(
        "log-archive",
        a_change("aws_s3_bucket.archive_bucket", Action.REPLACE),
        a_change("aws_iam_role.reader", Action.CHANGE),
        a_change("aws_sns_topic." + "very-long-name-" * 6, Action.DESTROY),
    ),
    a_plan("trail", a_change("aws_cloudtrail.trail", Action.ADD), waits_for=("log-archive",)),
    a_plan("outputs"),
    StackPlan(LONG, "444444444444", "us-east-1"),
]
OUTCOME = Outcome(
    (
        Result("organization", "1" * 12, "us-east-1", Status.UNCHANGED),
        Result("log-archive", "2" * 12, "us-east-1", Status.APPLIED, changed=("a", "b")),
        Result("trail", "1" * 12, "us-east-1", Status.FAILED, reason="no", hint="try"),
        Result(LONG, "4" * 12, "us-east-1", Status.SKIPPED, reason="needs trail"),
    )
)
DRIFTED = Outcome(OUTCOME.results[:2], {"organization": (), "log-archive": ("aws_x.y",)})
CLEAN = Outcome(OUTCOME.results[:2], {"organization": (), "log-archive": ()})
VIEWS = {
    "plans": views.plans(PLANS),
    "changes": views.changes(PLANS),
    "outcome": views.outcome(OUTCOME),
    "drifted": views.outcome(DRIFTED),
    "clean": views.outcome(CLEAN),
}


def shown(view):
    console = Console(
        width=80, file=io.StringIO(), color_system=None, legacy_windows=False, _environ={}
    )
    console.print(view)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_looks_as_agreed(name, golden):
    path = GOLDEN / f"{name}.txt"
    text = shown(VIEWS[name])
    if golden:
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_fits_80_columns(name):
    assert max(len(line) for line in shown(VIEWS[name]).splitlines()) <= 80


def test_terminal_sequences_in_addresses_are_spelled_out():
    evil = [a_plan("log-archive", a_change('aws_x.y["\x1b[2J"]', Action.DESTROY))]
    for view in (views.plans(evil), views.changes(evil)):
        assert "\x1b" not in shown(view)


def test_troubles_name_what_failed_before_what_was_skipped():
    names = [result.stack for result in views.troubles(OUTCOME)]
    assert names == ["trail", LONG]


def test_progress_without_a_terminal_is_a_line_an_event():
    console = Console(width=40, file=io.StringIO(), _environ={})
    with Talk(console) as talk:
        for event in (
            Event("trail", Kind.STEP, "plan"),
            Event("trail", Kind.EXPECTED, "", count=2),
            Event("trail", Kind.STARTED, "aws_x.y", action="create"),
            Event("trail", Kind.DONE, "aws_x.y", action="create", seconds=7),
            Event("trail", Kind.FAILED, "aws_x.\x1b[2J", action="delete"),
            Event("trail", Kind.ENDED, "failed"),
        ):
            talk.listen(event)
    assert console.file.getvalue().splitlines() == [
        "trail: plan",
        "trail: aws_x.y created in 7 s",
        "trail: aws_x.\\x1b[2J failed (delete)",
        "trail: failed",
    ]


def test_progress_on_a_terminal_leaves_only_what_matters():
    console = Console(width=80, file=io.StringIO(), force_terminal=True, _environ={})
    with Talk(console) as talk:
        talk.listen(Event("trail", Kind.STEP, "apply"))
        talk.listen(Event("trail", Kind.EXPECTED, "", count=2))
        talk.listen(Event("trail", Kind.DONE, "aws_x.y", action="create"))
        with talk.paused():
            console.print("a question")
        talk.listen(Event("trail", Kind.NOTICE, "please wait"))
        talk.listen(Event("trail", Kind.ENDED, "applied"))
    said = console.file.getvalue()
    assert "trail: please wait" in said
    assert "aws_x.y created" not in said
