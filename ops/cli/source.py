"""The SOURCE of a command: what its user names, else the archive of the config."""

from typing import TYPE_CHECKING

from ops.errors import UsageError

if TYPE_CHECKING:
    from ops.config import LandingZone


def named(source: str | None, zone: "LandingZone | None") -> str:
    """Return the source a command is about; raise UsageError if nobody names one."""
    if source is not None:
        return source
    from ops import names

    if zone is None:
        raise UsageError(
            "No source is named.",
            hint="name s3://BUCKET[/PREFIX], a directory or a bundle; or --config F for its archive",
        )
    # Not its prefix only: what an earlier prefix holds is evidence, too.
    return f"s3://{names.bucket(zone)}"
