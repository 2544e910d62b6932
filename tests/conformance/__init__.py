"""`make conformance`: the real judges, against the deployed lab and its plans.

    apply ─► prowler, by account ─────┐
          ─► plans ─► checkov ────────┼─► agree with `ops deploy check`? accepted? ─► exit code
                   └► ops deploy check┘

Not part of `make test`: prowler alone takes over 2 GB. Each judge lives in a virtual
environment of its own, made on demand.
"""
