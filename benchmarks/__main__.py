"""`python -m benchmarks [PART…]`: measure every part, or those named.

Nothing here fails for being slow: a machine under load is no defect. A wrong
answer fails.
"""

import argparse
import sys

from rich.console import Console

from benchmarks import collect, detect, query, start, verify
from benchmarks.runs import WrongAnswerError
from ops.errors import OpsError


def history(console: Console) -> None:
    """Measure collecting, then asking."""
    collect.main(console)
    query.main(console)


PARTS = {"start": start.main, "verify": verify.main, "history": history, "detect": detect.main}


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" or ".join(PARTS))
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    try:
        for part in parts:
            PARTS[part](console)
    except (OpsError, WrongAnswerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
