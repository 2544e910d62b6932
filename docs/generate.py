"""Write the reference pages from the code: `python docs/generate.py [--check]`.

With --check nothing is written; the exit code is 1 if a page is out of date.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs.pages import (  # noqa: E402 (the path comes first)
    cli,
    config,
    errors,
    findings,
    language,
    rules,
    runbooks,
    schema,
)

REFERENCE = ROOT / "docs" / "reference"
PAGES = {
    "config.md": config.page,
    "errors.md": errors.page,
    "cli.md": cli.page,
    "findings.md": findings.page,
    "rules.md": rules.page,
    "runbooks.md": runbooks.page,
    "query-language.md": language.page,
    "schema.md": schema.page,
}


def main(arguments: list[str]) -> int:
    """Write every page, or name those out of date."""
    stale = []
    for name, page in PAGES.items():
        path = REFERENCE / name
        text = page()
        if "--check" not in arguments:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is out of date: run docs/generate.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
