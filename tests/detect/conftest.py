"""Small histories that are replayed."""

import pytest

from ops.detect.backtest.outcome import Span, result
from ops.detect.backtest.replay import replayed
from ops.detect.backtest.scope import Scope
from tests.query.conftest import ask, opened
from tests.query.conftest import at as moment

__all__ = ["ask", "opened"]

ANYWHERE = Scope()
DAY = Span(int(moment("2026-11-20T00:00:00Z").timestamp()), int(moment("2026-11-21T00:00:00Z").timestamp()))  # fmt: skip


@pytest.fixture
def replay(ask):
    """Replay a subject over records: `replay(subject, text, …)` returns its result."""

    def done(subject, *texts, scope=ANYWHERE, span=DAY):
        return result(replayed(ask(list(texts)).engine, subject, scope), span)

    return done
