"""Stores to ask, as the tests of ops.query have them, and a way to call."""

import pytest

from ops import cli
from tests.query.conftest import ask, opened

__all__ = ["ask", "call", "opened"]


@pytest.fixture
def call(root, capsys):
    """Run a command line over the module's store; return its exit code, stdout and stderr."""

    def run(*words, store=root):
        code = cli.run([*map(str, words), "--store", str(store)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
