"""The CDK app: read the landing zone, build its stacks, synthesize them.

ATALAYA_CONFIG names the landing-zone file; `ops deploy` sets it. Run by hand or
by the CDK's own command-line tool, the file is config/lab.yaml without it.
"""

import os
import sys
from pathlib import Path

from ops import deployed_rules
from ops.config import load
from ops.errors import OpsError


def main() -> None:
    """Synthesize the stacks into CDKTF_OUTDIR, cdktf.out by default."""
    file = Path(os.environ.get("ATALAYA_CONFIG", "config/lab.yaml"))
    zone = load(file)
    rules = deployed_rules.of(zone, str(file))
    # After the file is known to be right: loading the CDK takes seconds.
    from modules.stacks import synthesize

    synthesize(zone, rules, Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")))


if __name__ == "__main__":
    try:
        main()
    except OpsError as error:
        sys.exit(f"{error}\n{error.hint}".rstrip())
