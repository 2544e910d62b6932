"""Where an intruder strikes: a chain, its digests and its logs, chosen by the seed."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ops.errors import LabError
from ops.lab.history import compress
from ops.lab.history.dice import Dice
from ops.lab.keys import KeyPair, KeyRing
from ops.lab.tamper.targets import Stored, Target
from ops.layout import Chain, DigestKey, Family, LogKey, parse

Action = Literal["deleted", "destroyed", "changed", "added", "metadata"]
_LEAST = 4
"""Digests a chain must have for a middle, a head and a tail."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One object an intruder changed."""

    action: Action
    key: str
    what: str
    """In words."""


@dataclass
class Scene:
    """A target, what was chosen in it, and what was done to it."""

    target: Target
    seed: int
    count: int
    """How many objects, for the kinds that take several."""
    rings: tuple[KeyRing, ...] = ()
    """Where CloudTrail's own private keys are, for what only CloudTrail can sign."""
    touched: list[Touch] = field(default_factory=list)

    @cached_property
    def dice(self) -> Dice:
        """Chance, the same for equal seeds."""
        return Dice(self.seed, "tamper")

    @cached_property
    def chain(self) -> Chain:
        """The chosen chain: one with logs in at least half of its digests."""
        chains: dict[Chain, list[DigestKey]] = {}
        for key in self._parsed:
            if isinstance(key, DigestKey) and not key.backfill:
                chains.setdefault(key.chain, []).append(key)
        logs = [(one.account, one.region) for one in self._parsed
                if isinstance(one, LogKey) and one.family is Family.LOG]  # fmt: skip
        fitting = [
            chain for chain, digests in chains.items()
            if len(digests) >= _LEAST and logs.count((chain.account, chain.region)) * 2 >= len(digests)
        ]  # fmt: skip
        if not fitting:
            raise LabError(
                f"No chain of at least {_LEAST} digests with logs is there to tamper with.",
                hint="ops lab deliver makes one; with more --days or --scale if it is too short",
            )
        return self.dice.choice(sorted(fitting, key=repr))

    @cached_property
    def digests(self) -> list[str]:
        """The chosen chain's digests, oldest first, without backfills."""
        found = [one for one in self._parsed if isinstance(one, DigestKey)]
        mine = [one for one in found if one.chain == self.chain and not one.backfill]
        return [one.key for one in sorted(mine, key=lambda one: one.end)]

    @cached_property
    def present(self) -> frozenset[str]:
        """Every key there was before anything was touched."""
        return frozenset(self.target.listed())

    def logs_of(self, digest: str) -> list[str]:
        """Return the keys of the logs that a digest names and that are there."""
        return [
            one["s3Object"]
            for one in self.body(digest)["logFiles"]
            if one["s3Object"] in self.present
        ]

    @cached_property
    def _parsed(self) -> list[LogKey | DigestKey]:
        return [found for key in sorted(self.present) if (found := parse(key))]

    def middle(self, count: int = 1) -> list[str]:
        """Return some digests in a row with neighbours on both sides, the first naming logs."""
        count = min(count, len(self.digests) - 2)
        last = len(self.digests) - 1 - count
        starts = self._shuffled(range(1, last + 1))
        begin = next((nth for nth in starts if self.logs_of(self.digests[nth])), starts[0])
        return self.digests[begin : begin + count]

    def log(self) -> str:
        """Return the key of one log that holds events and that a digest in the middle names."""
        for nth in self._shuffled(range(1, len(self.digests) - 1)):
            for key in self.logs_of(self.digests[nth]):
                if self.target.read(key).body != compress(b'{"Records":[]}'):
                    return key
        raise LabError("No digest of the chain names a log with events.", hint="raise --scale")

    def _shuffled(self, numbers: Iterable[int]) -> list[int]:
        found = list(numbers)
        self.dice.shuffle(found)
        return found

    def content(self, key: str) -> bytes:
        """Return an object's content, uncompressed."""
        return gzip.decompress(self.target.read(key).body)

    def body(self, key: str) -> dict[str, Any]:
        """Return a digest's JSON."""
        found: dict[str, Any] = json.loads(self.content(key))
        return found

    def pair(self, fingerprint: str) -> KeyPair:
        """Return CloudTrail's key pair of a fingerprint; raise LabError if it is not here."""
        for ring in self.rings:
            if found := ring.holding(fingerprint):
                return found
        raise LabError(
            f"The private key {fingerprint}, with which only CloudTrail signs, is not here.",
            hint="name the lab's directory that delivered it with --dir",
        )

    def write(self, key: str, stored: Stored, what: str, action: Action = "changed") -> None:
        """Write an object and note it."""
        self.target.write(key, stored)
        self.touched.append(Touch(action, key, what))

    def delete(self, keys: Iterable[str], what: str) -> None:
        """Delete objects and note them."""
        for key in keys:
            self.target.delete(key)
            self.touched.append(Touch("deleted", key, what))


def packed(body: dict[str, Any]) -> bytes:
    """Return JSON as a delivered file's bytes."""
    return compress(json.dumps(body, separators=(",", ":")).encode())
