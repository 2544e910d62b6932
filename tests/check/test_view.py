"""What people read."""

from rich.console import Console

from ops.config.settings import Accepted
from ops.deploy.check import judge
from ops.render import check as views


def shown(view, width=80):
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(view)
    return capture.get()


def test_the_summary_tells_failures_first_and_leaves_out_what_passes(baseline):
    text = shown(views.summary(baseline))
    heads = [line.split()[0] for line in text.splitlines() if line[:1].isalpha()]
    listed = [word for word in heads if word in ("fail", "manual", "pass", "accepted")]
    assert listed == sorted(listed, key=["fail", "manual"].index)
    assert "cis-5.0:3.2" not in text


def test_the_summary_tells_together_what_stands_for_the_same_reason(baseline):
    text = shown(views.summary(baseline), width=200)
    assert "prowler:s3_bucket_kms_encryption, checkov:CKV_AWS_145" in text


def test_the_whole_matrix_tells_every_control_with_its_reason(baseline):
    text = " ".join(shown(views.matrix(baseline), width=400).split())
    for row in baseline.rows:
        assert f"{row.status} {row.control.name}: {row.control.title}" in text
        assert " ".join(row.reason.split()) in text


def test_the_counts_stand_below(baseline):
    lines = shown(views.summary(baseline)).splitlines()
    security_hub = [line.split() for line in lines if line.strip().startswith("securityhub")]
    assert security_hub[-1] == ["securityhub", "27", "0", "0", "0", "1"]


def test_the_last_line_says_how_many_fail(baseline, world, zone):
    assert "12 controls fail" in shown(views.summary(baseline), width=200)
    green = judge(world.estate(), zone.accepted)
    assert "No control fails but those the config accepts." in shown(views.summary(green))


def test_nothing_is_wider_than_the_terminal(baseline):
    assert max(map(len, shown(views.matrix(baseline), width=60).splitlines())) <= 60


def test_a_reason_from_the_config_is_shown_as_it_stands(world):
    reason = "[bold]no markup[/bold] here"
    accepted = [Accepted(control="checkov:CKV_AWS_145", reason=reason)]
    assert reason in shown(views.summary(judge(world.estate(), accepted)), width=200)
