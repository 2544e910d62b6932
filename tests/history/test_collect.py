"""From a directory into a local store: what is kept, counted, skipped and told."""

import gzip
import hashlib
import json
import os

import pytest

from ops.errors import StoreError
from ops.history import schema
from ops.layout import Chain, DigestKey, Family
from tests.history.forms import text, trail
from tests.history.stores import (
    ACCOUNTS,
    DAY,
    NOW,
    REGIONS,
    a_key,
    an_event,
    check_columns,
    check_shape,
    event_files,
    kept,
    meta,
    numbers,
    rows,
    run,
    texts,
)


def test_events_are_stored_by_day_in_order_with_every_column(archive, store):
    archive.fill(files=12, each=7)
    outcome = run(archive, store)
    assert numbers(outcome) == (84, 0, 0, 0)
    assert (outcome.objects_seen, outcome.objects_new, outcome.foreign) == (12, 12, 0)
    assert outcome.exit_code == 0
    assert check_columns(store) == 84
    check_shape(store)
    assert [path.parent.name for path in event_files(store)] == [
        "day=2026-01-05", "day=2026-01-06", "day=2026-01-07"
    ]  # fmt: skip


def test_rows_say_where_they_come_from(archive, store):
    archive.log(a_key(), an_event(0), an_event(1))
    run(archive, store)
    for index, row in enumerate(rows(store)):
        assert (row["source_key"], row["source_index"]) == (a_key(), index)
        size, _, digest = row["source_etag"].partition("-")
        assert int(size) == (archive.root / a_key()).stat().st_size
        assert digest == hashlib.sha256((archive.root / a_key()).read_bytes()).hexdigest()
        assert row["collected_at"] == NOW.replace(tzinfo=None)
        assert (row["schema_version"], row["raw_repaired"]) == (schema.VERSION, False)


def test_a_second_run_reads_nothing_and_changes_nothing(archive, store):
    archive.fill()
    first = run(archive, store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    second = run(archive, store)
    assert (second.objects_seen, second.objects_new) == (first.objects_seen, 0)
    assert second.counts.records == 0
    assert second.exit_code == 0
    assert {path: path.read_bytes() for path in before} == before


def test_a_file_that_was_touched_or_copied_anew_is_recognised_by_its_content(archive, store):
    archive.fill(files=3)
    run(archive, store)
    before = kept(store)
    for path in archive.root.rglob("*.gz"):
        os.utime(path, (1, 1))
    outcome = run(archive, store)
    assert (outcome.objects_new, outcome.counts.records) == (0, 0)
    assert kept(store) == before
    third = run(archive, store)
    assert third.objects_new == 0
    assert len(meta(store, "manifest")) == 6, "and the third run needed not read the files"


def test_changed_content_is_read_again_and_what_is_known_of_it_dropped(archive, store):
    archive.log(a_key(), an_event(0), an_event(1))
    run(archive, store)
    state = (archive.root / a_key()).stat()
    archive.log(a_key(), an_event(0), an_event(2))
    os.utime(archive.root / a_key(), ns=(state.st_atime_ns, state.st_mtime_ns))
    outcome = run(archive, store)
    assert (outcome.objects_new, *numbers(outcome)) == (1, 1, 1, 0, 0)
    assert sum(texts(store).values()) == 3


def test_every_family_of_events_is_stored_and_digests_are_foreign(archive, store):
    for family in Family:
        if family is not Family.DIGEST:
            archive.log(a_key(1, family=family), an_event(len(family)))
    chain = Chain("", "o-exampleorg1", ACCOUNTS[0], REGIONS[1], "trail", REGIONS[1])
    digest = DigestKey(chain.prefix, chain.organization, chain.account, chain.region, DAY.date(),
                       chain.trail, chain.home_region, DAY, backfill=False)  # fmt: skip
    archive.put(digest.key, gzip.compress(b'{"logFiles":[]}'))
    archive.put("folder/placeholder", b"")
    archive.put("README.md", b"# Logs\n")
    outcome = run(archive, store)
    assert (outcome.objects_seen, outcome.objects_new, outcome.foreign) == (7, 5, 3)
    assert numbers(outcome) == (4, 0, 0, 0)
    again = run(archive, store)
    assert (again.objects_seen, again.objects_new, again.foreign) == (7, 0, 3)
    families = {row["family"] for row in meta(store, "manifest") if not row["foreign"]}
    assert families == {
        "CloudTrail",
        "CloudTrail-Insight",
        "CloudTrail-NetworkActivity",
        "CloudTrail-Aggregated",
    }


def test_an_aggregated_event_without_a_time_lies_in_the_day_unknown(archive, store):
    event = {
        "eventVersion": "1.0",
        "accountId": ACCOUNTS[1],
        "eventId": "e-1",
        "eventCategory": "Aggregated",
    }
    archive.log(a_key(family=Family.AGGREGATED), event)
    run(archive, store)
    [row] = rows(store)
    assert (row["day"], row["event_id"], row["event_time"]) == ("unknown", "e-1", None)
    assert row["recipient_account_id"] == ACCOUNTS[1]


def test_what_is_no_event_goes_to_the_quarantine_with_its_place_and_bytes(archive, store):
    odd = b'{"eventName":"x","userAgent":"\xff"}'
    archive.log(a_key(1), an_event(0), b"null", odd, b'{"a":tru}')
    archive.put(a_key(2), gzip.compress(trail(*text(7, 8)))[:-12])
    outcome = run(archive, store)
    assert outcome.exit_code == 1
    assert outcome.counts.quarantined == 3
    assert [(one.key, one.what) for one in outcome.problems] == [
        (a_key(1), "quarantined"), (a_key(2), "quarantined")
    ]  # fmt: skip
    found = {(one["source_key"], one["source_index"]): one for one in meta(store, "quarantine")}
    assert found[a_key(1), 1]["bytes"] == b"null"
    assert found[a_key(1), 3]["bytes"] == b'{"a":tru}'
    mended = found[a_key(1), 2]
    assert (mended["bytes"], mended["repaired"]) == (odd, True)
    assert found[a_key(2), 1]["reason"] == "the gzip data is cut short"
    by_index = {row["source_index"]: row for row in rows(store) if row["source_key"] == a_key(1)}
    assert by_index[2]["raw_repaired"]
    assert by_index[2]["raw"] == '{"eventName":"x","userAgent":"\ufffd"}'
    assert run(archive, store).exit_code == 0, "what was told once is not told again"


def test_files_that_cannot_be_read_are_told_and_tried_again(archive, store, monkeypatch):
    archive.fill(files=3)
    path = archive.root / a_key(77)
    archive.log(a_key(77), an_event(777))
    monkeypatch.setattr("ops.history.collect.LIMIT", path.stat().st_size - 1)
    outcome = run(archive, store)
    assert outcome.exit_code == 3
    assert outcome.unreadable == len(outcome.problems) >= 1
    assert a_key(77) in {one.key for one in outcome.problems}
    assert {one.what for one in outcome.problems} == {"unreadable"}
    monkeypatch.undo()
    outcome = run(archive, store)
    assert outcome.exit_code == 0
    assert len(rows(store)) == 16


@pytest.mark.parametrize("allowed", [True, False])
def test_a_source_without_events_is_incomplete_unless_it_is_allowed(archive, store, allowed):
    archive.put("notes.txt", b"nothing here")
    outcome = run(archive, store, allow_empty=allowed)
    assert outcome.exit_code == (0 if allowed else 3)


def test_one_file_and_a_folder_of_any_files_can_be_collected(archive, store):
    archive.put("export/one.jsonl", b"\n".join(text(0, 1)))
    archive.put("export/two.json", trail(*text(1, 2)))
    outcome = run(archive.root / "export" / "one.jsonl", store)
    assert numbers(outcome) == (2, 0, 0, 0)
    assert outcome.source.endswith("export/one.jsonl")
    assert [row["source_key"] for row in rows(store)] == ["one.jsonl"] * 2
    assert numbers(run(archive, store)) == (1, 3, 0, 0)


def test_a_store_of_other_columns_is_refused(archive, store):
    archive.fill(files=1)
    run(archive, store)
    about = store / "_atalaya" / "store.json"
    for version, word in ((schema.VERSION + 1, "newer ops"), (0, "new store")):
        about.write_text(json.dumps({**json.loads(about.read_text()), "schema_version": version}))
        with pytest.raises(StoreError, match=f"version {version}") as caught:
            run(archive, store)
        assert word in caught.value.hint
    about.write_text("{}")
    with pytest.raises(StoreError, match="does not say what the store is"):
        run(archive, store)
