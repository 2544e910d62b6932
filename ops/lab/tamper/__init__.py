"""What an intruder does to an archive, by name: each way of tampering a verifier must see.

Which objects are hit follows from the seed. Every kind says what it touched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ops.errors import UsageError
from ops.lab.delivery import DERIVED
from ops.lab.keys import DIRECTORY, KeyRing
from ops.lab.tamper import against_digests, against_logs, with_the_keys
from ops.lab.tamper.scene import Scene, Touch
from ops.lab.tamper.targets import BucketTarget, DirectoryTarget, Target

__all__ = ["KINDS", "BucketTarget", "DirectoryTarget", "Kind", "Target", "Touch", "rings", "tamper"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to tamper."""

    name: str
    run: Callable[[Scene], None]
    harmless: bool = False
    """Whether a verifier must still say PASS."""

    @property
    def help(self) -> str:
        """One line about it."""
        return (self.run.__doc__ or "").strip()


_HARMLESS = {"recompress-log", "plant-junk", "strip-metadata", "plant-log-after-head"}
_RUNS = (
    against_digests.delete_digest,
    against_digests.delete_digests,
    against_digests.delete_head,
    against_digests.delete_tail,
    against_digests.delete_all_digests,
    against_digests.delete_hours,
    against_digests.flip_digest_byte,
    against_digests.flip_signature,
    against_digests.append_to_digest,
    against_digests.truncate_digest,
    against_digests.strip_metadata,
    against_digests.strip_head_metadata,
    against_digests.wrong_algorithm,
    against_digests.swap_digests,
    against_digests.replay_digest,
    against_digests.move_digest,
    against_digests.forge_digest,
    against_digests.forge_digest_own_key,
    against_digests.plant_digest,
    against_logs.delete_log,
    against_logs.delete_marker,
    against_logs.destroy_log,
    against_logs.change_log,
    against_logs.overwrite_log,
    against_logs.flip_log_byte,
    against_logs.append_to_log,
    against_logs.truncate_log,
    against_logs.empty_log,
    against_logs.uncompress_log,
    against_logs.recompress_log,
    against_logs.bomb_log,
    against_logs.swap_logs,
    against_logs.rename_log,
    against_logs.plant_log,
    against_logs.plant_log_in_gap,
    against_logs.plant_log_after_head,
    against_logs.plant_junk,
    with_the_keys.restart_chain,
    with_the_keys.restart_chain_and_delete,
    with_the_keys.pause_logging,
    with_the_keys.hide_hours,
    with_the_keys.rewrite_history,
)
KINDS: dict[str, Kind] = {
    name: Kind(name, run, name in _HARMLESS)
    for run in _RUNS
    for name in (run.__name__.replace("_", "-"),)
}
"""Every kind by its name."""


def tamper(
    kind: str, target: Target, *, seed: int = 1, count: int = 3, rings: tuple[KeyRing, ...] = ()
) -> list[Touch]:
    """Tamper with an archive and return what was touched, in order.

    `rings` hold CloudTrail's private keys, which a few kinds need. Raises
    UsageError if the kind is unknown or cannot be done here, LabError if there
    is nothing to tamper with.
    """
    if kind not in KINDS:
        near = ", ".join(get_close_matches(kind, KINDS)) or "ops lab tamper lists every kind"
        raise UsageError(f"No kind of tampering is called {kind}.", hint=near)
    if count < 1:
        raise UsageError(f"--count {count} leaves nothing to do.")
    scene = Scene(target, seed, count, rings)
    KINDS[kind].run(scene)
    return scene.touched


def rings(lab: Path) -> tuple[KeyRing, ...]:
    """Return every key ring in a lab's directory: the lab's own, and those of copies on disk."""
    copies = (one for one in sorted((lab / DERIVED).glob("*/*")) if one.is_dir())
    return (KeyRing(lab / DIRECTORY), *(KeyRing(one) for one in copies))
