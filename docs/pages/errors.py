"""Errors and exit codes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.pages.markdown import NOTE, cell
from ops import errors

ROOT = Path(__file__).resolve().parents[2]


def page() -> str:
    """Return the reference of the exceptions and exit codes."""
    parts = [
        "# Errors and exit codes",
        NOTE,
        "| exit code | meaning |\n|---|---|\n"
        "| 0 | all is well |\n"
        "| 1 | findings: what each command means by them is in its help |\n"
        "| 2 | usage: the command line or the landing-zone file asks for what cannot be |\n"
        "| 3 | incomplete: something could not be done or looked at; Ctrl-C and a declined "
        "question are 3 too |",
        "A message goes to stderr. Its first line says what happened, where and why; a line "
        "that begins with → says what to do next. An error that ops did not foresee is code 3 "
        "and names a file with the traceback.",
        "Below the command line these are Python exceptions:",
        "| exception | module | exit code | meaning |\n|---|---|---|---|\n"
        + "\n".join(_error_rows(error_classes(), "OpsError", 0, errors.OpsError.exit_code)),
    ]
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """An exception class as its source text defines it."""

    module: str
    bases: frozenset[str]
    meaning: str
    code: errors.Exit | None
    """Its own exit code; None if it has its base's."""


def error_classes() -> dict[str, ErrorClass]:
    """Return every class in `ops` by name, without importing any: some are heavy."""
    found = {}
    for path in sorted((ROOT / "ops").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.bases:
                bases = frozenset(ast.unparse(base).split(".")[-1] for base in node.bases)
                meaning = (ast.get_docstring(node) or "").split("\n\n")[0]
                found[node.name] = ErrorClass(module, bases, meaning, _own_code(node))
    return found


def _own_code(node: ast.ClassDef) -> errors.Exit | None:
    for line in node.body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "exit_code":
            return errors.Exit[ast.unparse(line.value).removeprefix("Exit.")]
    return None


def _error_rows(
    known: dict[str, ErrorClass], name: str, depth: int, code: errors.Exit
) -> Iterator[str]:
    one = known[name]
    code = one.code or code
    indent = "&nbsp;&nbsp;&nbsp;" * depth
    yield f"| {indent}`{name}` | `{one.module}` | {int(code)} | {cell(one.meaning)} |"
    for below, other in known.items():
        if name in other.bases:
            yield from _error_rows(known, below, depth + 1, code)
