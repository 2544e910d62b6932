"""What is asked of a chain: a stretch of time, and how much of the archive could be seen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ops.integrity.keys import GRACE
from ops.integrity.span import HOUR

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is asked of a chain."""

    since: datetime | None
    """None: from its first digest on."""
    until: datetime
    now: datetime
    due: datetime
    """A chain that ends before this is stale: `until`, but never younger than the grace."""
    before: datetime | None = None
    """When the chain's newest digest before the range ended, by the listing."""
    scope: str = ""
    """The prefix that the user named, with its slash: nothing else was looked at."""
    unlisted: tuple[str, ...] = ()
    """Folders that could not be listed: what is not seen there is not missing."""
    blind: bool = False
    """Whether the chain's own digests may lie in one of them."""

    @classmethod
    def of(
        cls, since: datetime | None, until: datetime, now: datetime, *, recorded: bool
    ) -> "Frame":
        """Make the frame of a run; `recorded` if the end was taken from the copy itself.

        Such an end is that of the newest digest; other chains turn the hour at another
        minute, so one that ends less than an hour earlier is as fresh as it can be.
        """
        youngest = until - HOUR + _SECOND if recorded else min(until, now - GRACE)
        return cls(since, until, now, youngest)

    def unseen(self, folders: Iterable[str]) -> "Frame":
        """Return the frame with more folders that could not be listed."""
        return replace(self, unlisted=(*self.unlisted, *folders))

    def is_unseen(self, key: str) -> bool:
        """Whether a key lies where nothing was or could be listed."""
        return not key.startswith(self.scope) or any(map(key.startswith, self.unlisted))

    def of_chain(self, before: datetime | None, folders: Iterable[str]) -> "Frame":
        """Return the frame of a chain that may lie in some folders."""
        blind = any(
            one.startswith(unlisted) or unlisted.startswith(one)
            for one in folders
            for unlisted in self.unlisted
        )
        return replace(self, before=before, blind=blind)
