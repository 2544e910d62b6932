"""CloudTrail's part, played: a history's logs and signed digests, written where they belong.

To the lab's bucket, with the keys its ListPublicKeys serves, or to a directory,
with keys that follow from the seed. Streaming; memory holds the chains' ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ops import names
from ops.lab import event_history
from ops.lab.delivery import derived
from ops.lab.delivery.chain import Chain
from ops.lab.delivery.places import Bucket, Destination, Directory
from ops.lab.delivery.signing import Signer
from ops.lab.history import Plan, Story, compress, made
from ops.lab.history.files import LogFile
from ops.lab.history.identity import TIME
from ops.lab.keys import DIRECTORY, KeyRing
from ops.layout import Family, root_prefix

__all__ = ["Bucket", "Directory", "Progress", "Summary", "deliver", "to_bucket", "to_directory"]

DERIVED = "derived-keys"
"""Where in a lab's directory the keys of copies on disk lie."""
Progress = Callable[["Summary"], None]


@dataclass(slots=True)
class Summary:
    """What was delivered."""

    since: str
    until: str
    accounts: int
    regions: int
    logs: int = 0
    digests: int = 0
    events: int = 0
    bytes: int = 0
    """Compressed, logs and digests."""
    families: dict[str, int] = field(default_factory=dict)
    """Logs by family."""
    attack: list[dict[str, object]] = field(default_factory=list)
    """The story, a row a step; empty without one."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def to_bucket(plan: Plan, client: Any, lab: Path, say: Progress | None = None) -> Summary:
    """Deliver into the archive bucket; `client` is boto3's S3 of the log-archive account.

    Signs with the keys in the lab's directory: its server publishes what lies
    there. Raises LabError if the bucket is missing or holds a history already.
    """
    bucket = Bucket(client, names.bucket(plan.zone))
    bucket.refuse_if_used(root_prefix(prefix=plan.zone.trail.prefix))
    signer, remembered = Signer(KeyRing(lab / DIRECTORY), plan), lab / event_history.DIRECTORY
    return deliver(plan, signer, bucket, say, remembered=remembered)


def to_directory(plan: Plan, path: Path, lab: Path, say: Progress | None = None) -> Summary:
    """Deliver into an empty directory, equal to the byte for equal plans; raise LabError.

    The private keys stay in the lab's directory; the public ones go to `keys.json`.
    """

    def maker(name: str) -> Any:
        return derived.private_key(f"{plan.zone.name}/{plan.seed}/{name}")

    where = lab / DERIVED / plan.zone.name / str(plan.seed)
    signer, directory = Signer(KeyRing(where, maker), plan), Directory(path)
    summary = deliver(plan, signer, directory, say)
    directory.write_keys(signer.published())
    return summary


def deliver(
    plan: Plan,
    signer: Signer,
    destination: Destination,
    say: Progress | None = None,
    *,
    remembered: Path | None = None,
) -> Summary:
    """Write a plan's history; `say` hears of the progress after every hour of it.

    `remembered` is where what LookupEvents is to know goes as well.
    """
    story = Story(plan) if plan.attack else None
    summary = Summary(
        plan.begin.strftime(TIME), plan.end.strftime(TIME),
        len({one.account for one in plan.places}), len({one.region for one in plan.places}),
        attack=list(story.timeline()) if story else [],
    )  # fmt: skip
    with destination:
        for key, body, metadata in _objects(plan, story, signer, summary, remembered):
            destination.put(key, body, metadata)
            summary.bytes += len(body)
            if say is not None:
                say(summary)
    return summary


def _objects(
    plan: Plan, story: Story | None, signer: Signer, summary: Summary, remembered: Path | None
) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Yield every object in the order of delivery, chain by chain within the hour."""
    bucket = names.bucket(plan.zone)
    chains = {place: Chain(plan, place, bucket, signer) for place in plan.places}
    for batch in made(plan, story):
        chain = chains[batch.place]
        for file in batch.files:
            content = file.text()
            # Whether digests cover the other families is not documented; here they do not.
            if file.key.family is Family.LOG:
                chain.add(file, content)
                _remember(remembered, file)
            family = str(file.key.family)
            summary.families[family] = summary.families.get(family, 0) + 1
            summary.logs += 1
            summary.events += len(file.events)
            yield file.key.key, compress(content), {}
        # What is delivered until the end of this hour is known now, and nothing later.
        for put in chain.due(batch.hour + timedelta(hours=1)):
            summary.digests += 1
            yield put.key, put.body, put.metadata


def _remember(directory: Path | None, file: LogFile) -> None:
    if directory is not None:
        texts = (text for _, text in file.events)
        event_history.record(directory, file.key.account, file.key.region, texts)
