"""What a run leaves for the next one: how far each chain is proven, and a journal.

    STATE           one JSON object, protected by an HMAC: a checkpoint per chain
    STATE.journal   the outcomes of the cells of a run that has not ended yet
    STATE.lock      held while a run uses them

A checkpoint moves only past what is proven without a finding, so whatever was
wrong is found again by every later run. It is trusted only with the key it was
made with; an older authentic one merely makes a run verify more. The journal is
committed after the report was handed over: a run killed before that is taken up
again and ends in the same report.
"""

import fcntl
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from ops import whole
from ops.errors import OpsError, UsageError
from ops.integrity.finding import Verdict, Weight
from ops.integrity.journal import Journal
from ops.integrity.outcome import CellOutcome, ChainOutcome, Head, Trust
from ops.integrity.report import Report
from ops.integrity.request import Request
from ops.integrity.task import ChainId
from ops.integrity.track import Anchor

_SCHEMA = "atalaya.state/1"


class StateError(OpsError):
    """The state cannot be used now."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one chain is proven."""

    account: str
    region: str
    trail: str
    home_region: str
    head: Head
    trust: Trust
    root: str
    backfills: tuple[str, ...]
    """Proven backfill digests of recent days."""
    begun: datetime | None = None
    """From when on any run has verified it, if that is before the trusted time."""

    @property
    def chain(self) -> ChainId:
        """Which chain it is about."""
        return self.account, self.region, self.trail, self.home_region

    def anchor(self) -> Anchor:
        """Return what a walk needs of it."""
        known = frozenset(self.backfills)
        return Anchor(self.head, self.trust, self.root, known, self.begun)


@dataclass(frozen=True, slots=True)
class Saved:
    """The content of a state file."""

    schema: str
    source: str
    runs: int
    """How many runs led to it."""
    previous: str
    """The HMAC of the state before: rolled-back states can be told by their number."""
    chains: tuple[Checkpoint, ...]


class State:
    """The state of one source, locked while it is used."""

    def __init__(self, path: Path, key: bytes | None, source: str) -> None:
        self._path = path
        self._key = key
        self._source = source
        self._lock = _locked(path.with_name(path.name + ".lock"))
        self.notes: list[str] = []
        self.base = ""
        try:
            self._saved = self._load()
        except UsageError:
            self._lock.close()
            raise
        self._journal: Journal | None = None

    def close(self) -> None:
        """Let other runs use the state; what was not committed stays in the journal."""
        if self._journal is not None:
            with suppress(OSError):  # a line that a full disk did not take is torn, and known so
                self._journal.close()
        self._lock.close()

    def anchors(self, request: Request) -> dict[ChainId, Anchor]:
        """Return where a run may continue; only what its question lets it skip."""
        if self._saved is None:
            return {}
        return {one.chain: one.anchor() for one in self._saved.chains if _fits(one, request)}

    def known(self) -> dict[ChainId, Anchor]:
        """Return how far every chain was proven, whether a run can continue there or not."""
        saved = self._saved.chains if self._saved else ()
        return {one.chain: one.anchor() for one in saved}

    def begin(self, request: Request) -> tuple[Request, list[CellOutcome]]:
        """Take up an interrupted run, or begin a new one; return its question and outcomes."""
        if self._key is None:
            return request, []
        path = self._path.with_name(self._path.name + ".journal")
        self._journal = Journal(path, self._key, self.base, self._source)
        with _told(path):
            return self._journal.begin(request)

    def record(self, outcome: CellOutcome) -> None:
        """Write one finished cell down."""
        if self._journal is not None:
            with _told(self._path):
                self._journal.record(outcome)

    def commit(self, report: Report) -> None:
        """Make the run's proof the next one's start; call it when the report is handed over.

        Without a key nothing is kept: nobody would trust it, and what lies there may have one.
        """
        if self._key is None:
            return
        kept = {one.chain: one for one in (self._saved.chains if self._saved else ())}
        kept.update({one.chain: one for one in _advanced(report, kept)})
        runs = self._saved.runs + 1 if self._saved else 1
        saved = Saved(
            _SCHEMA, self._source, runs, self.base, tuple(kept[one] for one in sorted(kept))
        )
        body = msgspec.json.encode(saved)
        tag = self._mac(body).hex()
        content = msgspec.json.encode({"hmac": tag, "state": msgspec.Raw(body)})
        with _told(self._path):
            whole.write(self._path, content)
            if self._journal is not None:
                self._journal.remove()

    def _load(self) -> Saved | None:
        if self._key is None:
            self.notes.append(
                "the state is not trusted without a key (--state-key or ATALAYA_STATE_KEY): "
                "everything was verified, and nothing is kept for the next run"
            )
            return None
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"{self._path}: cannot be read: {error.strerror}") from error
        try:
            whole = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
            body, tag = bytes(whole["state"]), msgspec.json.decode(whole["hmac"], type=str)
            saved = msgspec.json.decode(body, type=Saved)
        except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
            self._distrust()
            return None
        if (
            not hmac.compare_digest(tag.encode(), self._mac(body).hex().encode())
            or saved.schema != _SCHEMA
        ):
            self._distrust()
            return None
        if saved.source != self._source:
            raise UsageError(
                f"{self._path} is the state of {saved.source}, not of {self._source}",
                hint="use a state file for each source",
            )
        self.base = tag
        return saved

    def _distrust(self) -> None:
        self.notes.append(
            f"{self._path} was changed, or made with another key: it is not trusted, "
            "everything was verified"
        )

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key or b"", body, hashlib.sha256).digest()


def _fits(one: Checkpoint, request: Request) -> bool:
    if request.since is None and not one.trust.whole:
        return False  # what lies before it was never looked at
    if request.since is not None and not one.trust.since <= request.since < one.head.end:
        return False
    return request.until is None or one.head.end <= request.until


def _advanced(report: Report, kept: dict[ChainId, Checkpoint]) -> Iterator[Checkpoint]:
    """Yield the new checkpoints of cells without any finding that weighs."""
    from ops.integrity.causes import CAUSES

    spoiled = {
        (one.account, one.region)
        for one in report.findings
        if CAUSES[one.cause].weight > Weight.NONE
    }
    if (None, None) in spoiled:
        return
    for chain in report.chains:
        if (chain.account, chain.region) in spoiled or chain.head is None or chain.first is None:
            continue
        if any(span.start < chain.head.end for span in chain.pending):
            continue  # a digest before the newest one may still come, or is lost
        made = _checkpoint(chain, kept, report)
        before = kept.get(made.chain)
        # A run about earlier times only must not make a later one forget what came after.
        if before is None or made.head.end >= before.head.end:
            yield made


def _checkpoint(chain: ChainOutcome, kept: dict[ChainId, Checkpoint], report: Report) -> Checkpoint:
    assert chain.head is not None  # noqa: S101
    assert chain.first is not None  # noqa: S101
    since = report.requested.since
    identity = (chain.account, chain.region, chain.trail, chain.home_region)
    before = kept.get(identity)
    recent = [*chain.backfills, *(before.backfills if before else ())]
    begun = min(before.begun or before.trust.since, before.trust.since) if before else None
    return Checkpoint(
        *identity,
        head=chain.head,
        trust=Trust(
            since=chain.trusted.since if chain.trusted else chain.first,
            until=chain.head.end,
            whole=chain.trusted.whole if chain.trusted else since is None or since < chain.first,
            digests=chain.digests.get(Verdict.VALID, 0)
            + (chain.trusted.digests if chain.trusted else 0),
            logs=chain.logs.get(Verdict.VALID, 0) + (chain.trusted.logs if chain.trusted else 0),
        ),
        root=chain.root,
        backfills=tuple(sorted(set(recent))),
        begun=begun,
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in words why a state cannot be written; raise StateError."""
    try:
        yield
    except OSError as error:
        raise StateError(
            f"--state {path} cannot be written: {error.strerror}.",
            hint="make room for it and repeat the run: it goes on where its journal ends",
        ) from error


def _locked(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise UsageError(
            f"--state {path} cannot be written: {error.strerror}.",
            hint="name a file in a directory that you may write to",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StateError(
            f"{path}: another run is using this state", hint="wait for it, or use another --state"
        ) from error
    return file
