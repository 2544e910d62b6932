"""Who made a report, and how it was called."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.errors import AwsError

if TYPE_CHECKING:
    from ops.archive.model import Source
    from ops.integrity.report import Report


def caller_arn(source: "Source") -> str | None:
    """Return the ARN of whoever reads a bucket; None for a copy, or if AWS does not say."""
    if source.kind != "s3":
        return None
    from ops import cloudtrail
    from ops.archive.s3 import callers

    try:
        return cloudtrail.caller_arn(callers(source.access))
    except AwsError:
        return None  # sts may be out of reach from where S3 is not


def signed(report: "Report", arn: str | None) -> "Report":
    """Return a report with who made it and how it was called."""
    run = replace(report.run, caller_arn=arn, args=tuple(sys.argv[1:]))
    return replace(report, run=run)
