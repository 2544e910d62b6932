"""Proof of a log archive: digests, signatures, chains, log hashes, one verdict.

    listing ─► judge (signature) ─► chain (links, holes) ─► logs (hashes) ─► report

The core is pure: it reads through `ops.archive` and through callables handed in.
Source of every format: CloudTrail User Guide, "Validating CloudTrail log file
integrity", with what AWS leaves undocumented noted where it matters.
"""
