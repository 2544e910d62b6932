"""What goes wrong on purpose in the test server, and for which requests.

A plan is a list of rules; the first that matches a request and is not used up
decides. Counting is per rule, or per key where `per_key` says so, and
deterministic: equal requests in equal order meet equal faults.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """A way for a request to fail."""

    SLOW_DOWN = "503 SlowDown"
    INTERNAL = "500 InternalError"
    RESET = "the connection is reset before an answer"
    TRUNCATE = "half of the body, then the connection closes"
    DRIP = "a byte at a time"
    HANG = "no answer at all"
    DENIED = "403 AccessDenied"
    NO_KMS = "403 AccessDenied by KMS"
    MISSING = "404 NoSuchKey"
    ARCHIVED = "403 InvalidObjectState"
    EXPIRED = "400 ExpiredToken"
    SKEWED = "403 RequestTimeTooSkewed"
    REDIRECT = "301 PermanentRedirect"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of failure, and which requests it hits."""

    kind: Kind
    operation: str = "GetObject"
    """An operation's name, or `*`."""
    pattern: str = ""
    """A regular expression the key (or the prefix) must contain."""
    times: int | None = None
    """How often it strikes; always without a number."""
    after: int = 0
    """How many matching requests pass first."""
    per_key: bool = False
    """Whether `times` and `after` count each key alone."""


@dataclass(slots=True)
class Plan:
    """Everything that is unusual about the server."""

    rules: Sequence[Rule] = ()
    latency: float = 0.0
    """Seconds every answer waits."""
    date_offset: float = 0.0
    """Seconds the server's clock is ahead."""
    page_size: int = 1000
    """The most keys a listing page holds, whatever is asked for."""
    drip_seconds: float = 0.05
    """Seconds between two bytes of a dripping body."""
    unsorted: bool = False
    """Whether a listing page comes in no order, as directory buckets list."""
    _seen: Counter[tuple[int, str]] = field(default_factory=Counter)

    def strike(self, operation: str, key: str) -> Kind | None:
        """Return how this request fails; None if it does not."""
        for number, rule in enumerate(self.rules):
            if rule.operation not in ("*", operation) or not re.search(rule.pattern, key):
                continue
            place = (number, key if rule.per_key else "")
            self._seen[place] += 1
            past = self._seen[place] - rule.after
            if past > 0 and (rule.times is None or past <= rule.times):
                return rule.kind
        return None
