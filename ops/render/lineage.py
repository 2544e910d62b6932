"""Rows as a tree: which came from which, such as sessions opened from sessions.

An answer is a tree if it has a column X and a column parent_X. Rows whose parent
is not among them stand at the root; one that is its own ancestor is shown once.
"""

from collections.abc import Sequence

from rich.text import Text
from rich.tree import Tree

from ops.errors import UsageError
from ops.query.model import Cell
from ops.render.rows import Rows, shown

_PREFIX = "parent_"


def tree(columns: Sequence[str], rows: Rows) -> Tree:
    """Return the tree; raise UsageError if the rows name no parents."""
    names = list(columns)
    child = next((one.removeprefix(_PREFIX) for one in names
                  if one.startswith(_PREFIX) and one.removeprefix(_PREFIX) in names), None)  # fmt: skip
    if child is None:
        raise UsageError(
            "The answer is no tree: it needs a column X and a column parent_X.",
            hint="--view table shows any answer",
        )
    return _Grown(names, names.index(child), names.index(_PREFIX + child), rows).tree()


class _Grown:
    """A tree being made."""

    def __init__(self, names: list[str], node: int, parent: int, rows: Rows) -> None:
        self._names, self._node, self._parent = names, node, parent
        self._below: dict[Cell, list[Sequence[Cell]]] = {}
        known = {row[node] for row in rows}
        for row in rows:
            above = row[parent] if row[parent] in known and row[parent] != row[node] else None
            self._below.setdefault(above, []).append(row)
        self._rows = rows
        self._shown: set[int] = set()

    def tree(self) -> Tree:
        """Return all rows, those of a circle too."""
        root = Tree("", hide_root=True)
        self._add(root, self._below.get(None, []))
        for row in self._rows:
            self._add(root, [row])
        return root

    def _add(self, branch: Tree, rows: Sequence[Sequence[Cell]]) -> None:
        todo = [(branch, row) for row in reversed(rows)]
        while todo:
            above, row = todo.pop()
            if id(row) not in self._shown:
                self._shown.add(id(row))
                leaf = above.add(self._label(row))
                below = self._below.get(row[self._node], []) if row[self._node] is not None else []
                todo += [(leaf, one) for one in reversed(below)]

    def _label(self, row: Sequence[Cell]) -> Text:
        label = Text(shown(row[self._node]) or "(none)", style="bold")
        before = "\n"
        for nth, name in enumerate(self._names):
            text = shown(row[nth])
            if text and nth not in (self._node, self._parent):
                label.append(f"{before}{shown(name)} ", style="cyan not bold")
                label.append(text, style="not bold")
                before = "  "
        return label
