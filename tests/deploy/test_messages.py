import json

from ops.deploy.messages import Event, Kind, Transcript


def line(kind, **more):
    return json.dumps({"@message": "…", "type": kind, **more}) + "\n"


def hook(action="create", **more):
    resource = {"addr": "aws_sns_topic.a", "resource_type": "aws_sns_topic"}
    return {"resource": resource, "action": action, **more}


def test_resources_are_told_of_as_they_begin_and_end():
    transcript = Transcript("trail")
    assert transcript.feed(line("apply_start", hook=hook())) == Event(
        "trail", Kind.STARTED, "aws_sns_topic.a", action="create"
    )
    assert transcript.feed(line("apply_complete", hook=hook(elapsed_seconds=7))) == Event(
        "trail", Kind.DONE, "aws_sns_topic.a", action="create", seconds=7
    )
    assert transcript.changed == ["aws_sns_topic.a"]


def test_a_resource_that_failed_is_not_counted_as_changed():
    transcript = Transcript("trail")
    event = transcript.feed(line("apply_errored", hook=hook(elapsed_seconds=1)))
    assert event is not None
    assert event.kind is Kind.FAILED
    assert transcript.changed == []


def test_planned_changes_are_counted_without_reads():
    transcript = Transcript("trail")
    for action in ("create", "delete", "read", "noop"):
        change = {"resource": {"addr": f"aws_sns_topic.{action}"}, "action": action}
        event = transcript.feed(line("planned_change", change=change))
    assert transcript.planned == ["aws_sns_topic.create", "aws_sns_topic.delete"]
    assert event is not None
    assert event.count == 2


def test_an_error_holds_summary_address_and_detail_and_stands_once():
    transcript = Transcript("trail")
    told = {
        "severity": "error",
        "summary": "creating SNS Topic",
        "detail": "AuthorizationError: no",
        "address": "aws_sns_topic.a",
    }
    for _ in range(2):
        transcript.feed(line("diagnostic", diagnostic=told))
    transcript.feed(line("diagnostic", diagnostic={"severity": "warning", "summary": "old"}))
    assert [str(one) for one in transcript.errors()] == [
        "creating SNS Topic (aws_sns_topic.a): AuthorizationError: no"
    ]


def test_lines_that_are_not_json_are_kept_and_other_lines_passed_over():
    transcript = Transcript("trail")
    for text in ("Terraform crashed!\n", "\n", "42\n", line("log"), line("version")):
        assert transcript.feed(text) is None
    assert transcript.unread == ["Terraform crashed!", "42"]
