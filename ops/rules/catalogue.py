"""Directories of rules: the one this project ships, or one of the user's own.

Of a stranger's directory every document becomes a rule or a refusal with its reason; in the
shipped one a mistake is an error.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops import strict_yaml
from ops.errors import PatternError, RuleError, UsageError
from ops.rules import lint
from ops.rules.rule import Detection, Rule
from ops.rules.sigma import correlation, document, written
from ops.rules.sigma.document import Document

SHIPPED = Path(__file__).parent / "catalog"
_SUFFIXES = (".yml", ".yaml")
_MOST_FILES = 10_000
Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class RefusedRule:
    """A document of a directory that did not become a rule."""

    file: str
    title: str
    """Empty if not even that could be read."""
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules of a directory, by name, and what did not become one."""

    root: Path
    rules: tuple[Detection, ...]
    refused: tuple[RefusedRule, ...] = ()

    def found(self, text: str) -> Detection:
        """Return the rule of a name, an id or a title; raise UsageError if there is none."""
        for one in self.rules:
            if text in (one.said.name, one.said.id, one.said.title) and text:
                return one
        for refused in self.refused:
            if text and text in (refused.title, Path(refused.file).stem):
                raise UsageError(f"{refused.file} was refused: {refused.reason}")
        names = [one.said.name for one in self.rules]
        near = difflib.get_close_matches(text, names, 1)
        raise UsageError(
            f"There is no rule {text!r}.",
            hint=f"did you mean {near[0]}?" if near else "`ops rules list` names them all",
        )

    def of_profile(self, profile: str) -> tuple[Detection, ...]:
        """Return the rules of a profile, cis-5.0; raise UsageError if it has none."""
        found = tuple(one for one in self.rules if profile in one.said.profiles)
        if not found:
            there = sorted({name for one in self.rules for name in one.said.profiles})
            raise UsageError(f"There is no profile {profile!r}.", hint=f"one of {', '.join(there)}")
        return found

    def tagged(self, tag: str) -> tuple[Detection, ...]:
        """Return the rules with a tag, attack.persistence."""
        return tuple(one for one in self.rules if tag in one.said.tags)


def shipped(lists: Lists | None = None, *, mentioning: Sequence[str] = ()) -> Catalogue:
    """Return this project's own rules; raise RuleError for whatever is wrong in them.

    `mentioning` spares reading the files in which none of some names, profiles or tags stands.
    """
    return _loaded(SHIPPED, lists or {}, strict=True, mentioning=mentioning)


def opened(root: Path, lists: Lists | None = None) -> Catalogue:
    """Return the rules below a directory, or in a file; raise UsageError if it cannot be read."""
    if not root.exists():
        raise UsageError(
            f"{root} does not exist.", hint="name a directory of Sigma rules, or a file"
        )
    found = _loaded(root, lists or {}, strict=False)
    if not found.rules and not found.refused:
        raise UsageError(f"{root} holds no rule.", hint="rules are files whose names end in .yml")
    return found


def _loaded(root: Path, lists: Lists, *, strict: bool, mentioning: Sequence[str] = ()) -> Catalogue:
    loading = _Loading(root, lists, strict)
    for path in _files(root):
        if not mentioning or _mentions(path, mentioning):
            loading.read(path)
    rules = sorted(loading.rules(), key=lambda one: (one.said.name, one.said.file))
    return Catalogue(root, tuple(rules), tuple(loading.refused))


def _mentions(path: Path, words: Sequence[str]) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(word in text for word in words)


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    try:
        found = sorted(one for one in root.rglob("*") if one.suffix in _SUFFIXES and one.is_file())
    except OSError as error:
        raise UsageError(f"{root} cannot be listed: {error.strerror}") from error
    if len(found) > _MOST_FILES:
        raise UsageError(f"{root} holds {len(found):,} files; at most {_MOST_FILES:,} are read")
    return found


@dataclass(slots=True)
class _Loading:
    """What has been read of a directory so far."""

    root: Path
    lists: Lists
    strict: bool
    documents: list[Document] = field(default_factory=list)
    refused: list[RefusedRule] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read a file's documents."""
        file = path.name if path == self.root else str(path.relative_to(self.root))
        try:
            documents = strict_yaml.documents(path)
        except OSError as error:
            self._refuse(RuleError(f"cannot be read: {error.strerror}", file), "")
            return
        except strict_yaml.NotYaml as error:
            self._refuse(RuleError(f"is not YAML as rules are written: {error}", file), "")
            return
        if not documents:
            self._refuse(RuleError("is empty", file), "")
        for one in documents:
            try:
                self.documents.append(document.read(one, file, path.stem, strict=self.strict))
            except RuleError as error:
                self._refuse(error, _title(one))
        if self.strict:
            lint.check_file(path, [one for one in self.documents if one.file == file])

    def _refuse(self, error: RuleError, title: str) -> None:
        if self.strict:
            raise error
        hint = f" ({error.hint})" if error.hint else ""
        self.refused.append(RefusedRule(error.file, title, f"{error}{hint}"))

    def rules(self) -> Iterator[Detection]:
        """Yield the rules of what has been read: those that correlations count are not among them."""
        documents = list(self._once_each())
        single = {}
        for one in documents:
            if not one.correlates and (rule := self._rule(one)):
                single[one.said.file, one.said.name, one.said.id] = rule
        counted: set[tuple[str, str, str]] = set()
        for one in documents:
            if one.correlates:
                yield from self._correlation(one, single, counted)
        yield from (rule for key, rule in single.items() if key not in counted)

    def _once_each(self) -> Iterator[Document]:
        """Yield the documents, but those whose id or name another has before them."""
        seen: dict[str, str] = {}
        for one in self.documents:
            told = [("id", one.said.id), ("name", one.said.name if "name" in one.data else "")]
            again = [(key, text) for key, text in told if text and text in seen]
            if again:
                key, text = again[0]
                self._refuse(one.wrong(f"{text} is the {key} of a rule in {seen[text]}, too", key),
                             one.said.title)  # fmt: skip
                continue
            seen |= {text: one.file for _, text in told if text}
            yield one

    def _rule(self, one: Document) -> Rule | None:
        from ops.rules.sigma import detection

        try:
            inside = one.data["detection"]
            if not isinstance(inside, Mapping):
                raise one.wrong("must be a mapping of selections", "detection")
            rule = Rule(one.said, detection.predicate(inside, self.lists))
            if self.strict:
                lint.check_cased(one)
        except (RuleError, PatternError) as error:
            self._refuse(_placed(error, one), one.said.title)
            return None
        return rule

    def _correlation(self, one: Document, single: dict[tuple[str, str, str], Rule],
                     counted: set[tuple[str, str, str]]) -> Iterator[Detection]:  # fmt: skip
        try:
            rules = []
            for name in correlation.references(one):
                key = next((key for key, rule in single.items()
                            if name in (rule.said.name, rule.said.id) and name), None)  # fmt: skip
                if key is None:
                    raise one.wrong(f"{name!r} is no rule here that could be counted",
                                    "correlation", "rules", hint="rules are named by name or id")  # fmt: skip
                if not correlation.generates(one):
                    counted.add(key)
                rules.append(single[key])
            yield correlation.read(one, rules)
        except RuleError as error:
            self._refuse(error, one.said.title)


def _placed(error: RuleError | PatternError, one: Document) -> RuleError:
    """Return an error about a document's detection with file and line, if it names none."""
    line = written.line(one.data, "detection")
    if isinstance(error, RuleError):
        if error.file:
            return error
        line = error.line or line
    return RuleError(error.problem, one.file, line, hint=error.hint)


def _title(data: object) -> str:
    title = data.get("title") if isinstance(data, Mapping) else None
    return title if isinstance(title, str) else ""
