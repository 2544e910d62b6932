"""Rules run over small histories: the shipped ones, and ones written in a test."""

from functools import cache

import yaml

from ops.detect.scan import Scan
from ops.history.store import existing
from ops.lab import history
from ops.query import files, lists
from ops.query.local import Local
from ops.query.window import Window
from ops.rules import catalogue
from tests.lab_history.conftest import a_zone

EVERY = Window()


@cache
def shipped():
    return catalogue.shipped(lists.of_rules(a_zone())).rules


def scanned(store, rules, **settings):
    """Run rules over a store; return the scan."""
    with Local(files.found(existing(str(store)), EVERY), EVERY) as engine:
        scan = Scan(engine, {"--store": str(store)}, **settings)
        scan.run(rules)
        return scan


def a_rule(detection, *, name="a-rule", level="high", steps=(), **more):
    """Return a Sigma rule's text."""
    return yaml.safe_dump({
        "title": f"Title of {name}", "name": name, "status": "test", "level": level,
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {"selection": detection, "condition": "selection"},
        "atalaya": {"next": [{"runbook": book, "params": params} for book, params in steps]},
        **more,
    })  # fmt: skip


def rules_of(folder, *texts):
    """Write rules to a folder; return them as they are read."""
    folder.mkdir(parents=True, exist_ok=True)
    for nth, text in enumerate(texts):
        (folder / f"rule-{nth}.yml").write_text(text)
    found = catalogue.opened(folder)
    assert not found.refused, found.refused
    return found.rules


def ordinary(plan):
    """Yield the batches of a history without an attack."""
    return history.made(plan)
