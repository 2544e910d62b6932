"""Names with what is to be said of them."""

from rich.table import Table
from rich.text import Text


def facts(*told: tuple[str, str | Text]) -> Table:
    """Return one line a name."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in told:
        table.add_row(Text(name, style="bold"), Text(value) if isinstance(value, str) else value)
    return table
