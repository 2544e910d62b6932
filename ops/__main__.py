"""`python -m ops`: the command line."""

import os
import sys
from contextlib import suppress

from ops.cli import run

if __name__ == "__main__":
    code = run(sys.argv[1:])
    with suppress(OSError, ValueError):  # nobody reads what we say any more
        sys.stderr.flush()
    # Everything is written and every thread has ended: taking the interpreter
    # apart would only take time, a tenth of a second after a verification.
    os._exit(code)
