"""`python driver.py APP ARGS…`: the command line, with another CDK app than main.py."""

import sys
from pathlib import Path

from ops.cli import run
from ops.deploy import synth

synth.APP = Path(sys.argv[1])
sys.exit(run(sys.argv[2:]))
