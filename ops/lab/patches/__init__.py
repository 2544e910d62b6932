"""Where the emulator differs from AWS and somebody here would notice.

Each module restores one behaviour and says which AWS page describes it. They
change the emulator's classes in place, in the lab's own process only.
"""

from pathlib import Path

from ops.lab.keys import KeyRing
from ops.lab.patches import (
    bucket_documents,
    buckets,
    delegation,
    lookup,
    named_queries,
    organizations,
    public_keys,
    roles,
    selectors,
    status,
    trail_key,
    trails,
)


def apply(ring: KeyRing, history: Path) -> None:
    """Patch the emulator; call once, before it serves.

    `ring` holds the signing keys, `history` the event history.
    """
    organizations.apply()
    roles.apply()
    trails.apply()
    trail_key.apply()
    selectors.apply()
    status.apply()
    public_keys.apply(ring)
    lookup.apply(history)
    delegation.apply()
    bucket_documents.apply()
    buckets.apply()
    named_queries.apply()
