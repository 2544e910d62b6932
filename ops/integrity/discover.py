"""Which accounts and regions an archive holds: read from its folders, never assumed.

The organisation's id, prefixes and accounts are found by listing; an account
that left the organisation, or a prefix given up long ago, is still there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from ops import layout
from ops.archive.model import Archive, Denied, Entry
from ops.errors import ArchiveError, UsageError
from ops.layout import Family

_DEEPEST = 6
"""How deep a trail's own prefix is looked for."""
_MOST_FOLDERS = 5_000
_LOG_FOLDERS = frozenset(Family) - {Family.DIGEST}


@dataclass(frozen=True, slots=True, order=True)
class Root:
    """One account and region under one prefix: a `Place` of `ops.layout`."""

    prefix: str
    organization: str | None
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One account and region, wherever in the archive its files lie."""

    account: str
    region: str
    folders: tuple[tuple[Root, Family], ...]
    """Which families lie where."""

    @property
    def place(self) -> tuple[str, str]:
        """Its account and region."""
        return self.account, self.region

    def roots(self, family: Family) -> list[Root]:
        """Return the places that hold files of a family."""
        return [root for root, held in self.folders if held is family]

    @property
    def digest_folders(self) -> frozenset[str]:
        """Where its digests may lie, whether there are any or not."""
        return frozenset(layout.family_prefix(root, Family.DIGEST) for root, _ in self.folders)

    @property
    def families(self) -> list[Family]:
        """Return the kinds of log files it holds."""
        held = {family for _, family in self.folders if family is not Family.DIGEST}
        return sorted(held)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A folder that could not be listed."""

    folder: str
    denied: bool
    why: str

    def may_hold(self, account: str, start: str) -> bool:
        """Whether an account's files may lie in it; `start` is the folder the user named."""
        names = self.folder.split("/")
        accounts = [name for name in names if layout.is_account(name)]
        if accounts:
            return account in accounts
        return layout.ROOT in names or self.folder == start


@dataclass(slots=True)
class Found:
    """What there is, and what could not be looked at."""

    cells: list[Cell] = field(default_factory=list)
    unlisted: list[Unlisted] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    organizations: set[str] = field(default_factory=set)
    strange: list[tuple[str, str]] = field(default_factory=list)
    """Folders among those of regions that are no region's, each after its account."""
    astray: list[tuple[str, "Level"]] = field(default_factory=list)
    """Folders with JSON files beside those of regions, each after its account."""


@dataclass(slots=True)
class Level:
    """What lies directly in a folder."""

    folder: str
    folders: Sequence[str] = ()
    first: str = ""
    """The first JSON file in it."""
    files: int = 0
    """How many of them there are."""

    def hear(self, entry: Entry) -> None:
        """Count a file in."""
        if may_be_read(entry.key, entry.size):
            self.first = self.first or entry.key
            self.files += 1


def may_be_read(key: str, size: int) -> bool:
    """Whether readers of the archive would take a file for a log."""
    return size > 0 and key.endswith((".json.gz", ".json"))


def with_unread(cells: Sequence[Cell], keys: Iterable[str]) -> list[Cell]:
    """Return the cells of a bundle, with those of which its maker could read no digest."""
    held = {cell.place: cell for cell in cells}
    for place in map(layout.parse, keys):
        if isinstance(place, layout.DigestKey):
            root = Root(place.prefix, place.organization, place.account, place.region)
            cell = Cell(root.account, root.region, ((root, Family.DIGEST),))
            held.setdefault(cell.place, cell)
    return [held[place] for place in sorted(held)]


def discover(
    archive: Archive,
    pool: Executor,
    *,
    accounts: frozenset[str] = frozenset(),
    regions: frozenset[str] = frozenset(),
) -> Found:
    """List the accounts and regions of an archive; none named means all of them."""
    return _Search(archive, pool, accounts, regions).run()


class _Search:
    def __init__(
        self, archive: Archive, pool: Executor, accounts: frozenset[str], regions: frozenset[str]
    ) -> None:
        self._archive = archive
        self._pool = pool
        self._accounts = accounts
        self._regions = regions
        self._found = Found()
        self._ahead: dict[str, Future[Level | Unlisted]] = {}
        """Folders being listed that a listing under way will name, most likely."""

    def run(self) -> Found:
        held: dict[tuple[str, str], list[tuple[Root, Family]]] = defaultdict(list)
        owners = self._owners(self._prefixes())
        accounts = [layout.account_prefix(a, organization=o, prefix=p) for p, o, a in owners]
        self._list_ahead(f"{account}{Family.DIGEST}/" for account in accounts)
        families = list(zip(owners, self._folders(accounts), strict=True))
        folders = [
            (owner, folder) for owner, found in families for folder in found if self._is_log(folder)
        ]
        regions = self._listed([folder for _, folder in folders])
        for (owner, folder), under in zip(folders, regions, strict=True):
            if under.files:
                self._found.astray.append((owner[2], under))
            for region in map(_last, under.folders):
                if layout.is_region(region) and (not self._regions or region in self._regions):
                    root = Root(owner[0], owner[1], owner[2], region)
                    held[owner[2], region].append((root, Family(_last(folder))))
                elif not layout.is_region(region) and _last(folder) != Family.DIGEST:
                    self._found.strange.append((owner[2], f"{folder}{region}/"))
        self._found.cells = [
            Cell(account, region, tuple(sorted(found, key=_by_place)))
            for (account, region), found in sorted(held.items())
        ]
        return self._found

    def _prefixes(self) -> list[str]:
        """Return the prefixes that trails deliver under, looked for level by level."""
        start = self._archive.source.prefix
        if layout.ROOT in start.split("/"):
            raise UsageError(
                f"{self._archive.source}: the prefix leads into CloudTrail's own folders",
                hint=f"name only what stands before {layout.ROOT}, and choose with "
                "--account and --region",
            )
        self._list_ahead([layout.root_prefix(prefix=start)])
        prefixes: list[str] = []
        level, seen = [start], 0
        for _ in range(_DEEPEST):
            names = self._folders([f"{prefix}/" if prefix else "" for prefix in level])
            below = [folder.rstrip("/") for found in names for folder in found]
            prefixes += [
                folder.removesuffix(layout.ROOT).rstrip("/")
                for folder in below
                if _last(folder) == layout.ROOT
            ]
            level = [folder for folder in below if _last(folder) != layout.ROOT]
            seen += len(level)
            if not level:
                return prefixes
            if seen > _MOST_FOLDERS:
                break
        self._found.notes.append(
            f"the folders under {', '.join(sorted(level)[:3])} and {max(0, len(level) - 3)} others "
            "were not searched for more prefixes: name the prefix in the source"
        )
        return prefixes

    def _owners(self, prefixes: Sequence[str]) -> list[tuple[str, str | None, str]]:
        """Return (prefix, organisation, account) of every account with files."""
        owners: list[tuple[str, str | None, str]] = []
        organizations: list[tuple[str, str]] = []
        roots = [layout.root_prefix(prefix=prefix) for prefix in prefixes]
        for prefix, folders in zip(prefixes, self._folders(roots), strict=True):
            for name in map(_last, folders):
                if layout.is_account(name):
                    owners.append((prefix, None, name))
                elif layout.is_organization(name):
                    organizations.append((prefix, name))
        places = [layout.delivery_prefix(name, prefix=prefix) for prefix, name in organizations]
        for (prefix, name), folders in zip(organizations, self._folders(places), strict=True):
            self._found.organizations.add(name)
            owners += [(prefix, name, one) for one in map(_last, folders) if layout.is_account(one)]
        return [one for one in owners if not self._accounts or one[2] in self._accounts]

    def _is_log(self, folder: str) -> bool:
        name = _last(folder)
        if name in set(Family):
            return True
        if name.startswith(Family.LOG):
            self._found.notes.append(
                f"{folder} is of a kind this version does not know: nothing in it was verified"
            )
        return False

    def _folders(self, folders: Iterable[str]) -> list[Sequence[str]]:
        return [level.folders for level in self._listed(folders)]

    def _listed(self, folders: Iterable[str]) -> list[Level]:
        tasks = [self._ahead[one] if one in self._ahead else self._begun(one) for one in folders]
        answers: list[Level] = []
        for answer in (task.result() for task in tasks):
            if isinstance(answer, Unlisted):
                self._found.unlisted.append(answer)
                answers.append(Level(answer.folder))
            else:
                answers.append(answer)
        return answers

    def _list_ahead(self, folders: Iterable[str]) -> None:
        self._ahead |= {folder: self._begun(folder) for folder in folders}

    def _begun(self, folder: str) -> "Future[Level | Unlisted]":
        return self._pool.submit(self._look, folder)

    def _look(self, folder: str) -> Level | Unlisted:
        level = Level(folder)
        # One listing shows folders and files; of other folders' files nobody asks.
        beside = level.hear if _last(folder) in _LOG_FOLDERS else None
        try:
            level.folders = list(self._archive.prefixes(folder, beside=beside))
        except ArchiveError as error:
            return Unlisted(folder, isinstance(error, Denied), str(error))
        return level


def _last(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2]


def _by_place(entry: tuple[Root, Family]) -> tuple[str, str, str]:
    root, family = entry
    return root.prefix, root.organization or "", family
