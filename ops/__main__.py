"""`python -m ops`: the command line."""

import sys

from ops.cli import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
