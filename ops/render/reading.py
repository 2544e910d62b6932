"""A view of what a question would read."""

from rich.console import RenderableType

from ops.query.reading import Reading
from ops.render.facts import facts
from ops.render.text import clean, size
from ops.render.waiting import dollars


def reading(found: Reading) -> RenderableType:
    """Return what a question would read, for people."""
    days = f"{found.days[0]} to {found.days[-1]} ({len(found.days)})" if found.days else "none"
    told = [
        ("engine", found.engine),
        ("reads", ", ".join(map(clean, found.tables)) or "nothing"),
        ("days", days),
        ("partitions", f"{found.partitions:,}"),
        ("files", f"{found.files:,}"),
        ("bytes", f"{found.bytes:,} ({size(found.bytes)}) at most"),
    ]
    if found.usd is not None:
        told.append(("price", f"{dollars(found.usd)} at most"))
    if found.limit is not None:
        beyond = ": too much" if found.bytes > found.limit else ""
        told.append(("limit", f"{found.limit:,} bytes a query{beyond}"))
    return facts(*told)
