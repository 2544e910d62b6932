"""The digests, judged by the published format with cryptography and hashlib alone."""

import re
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from tests.lab_history.checking import Archive
from tests.lab_history.conftest import a_plan, a_zone, delivered


@pytest.fixture(scope="module")
def archive(intact):
    return Archive(intact)


def test_every_signature_link_and_hash_is_right_and_every_log_is_named(archive):
    assert archive.faults() == []
    assert len(archive.logs) > 300


def test_there_is_a_chain_for_every_account_and_region_the_management_account_included(archive):
    zone = a_zone()
    expected = {
        (one.id, region, False)
        for one in zone.organization.accounts
        for region in zone.regions.governed
    }
    assert {chain for chain in archive.chains() if not chain[2]} == expected
    assert all(f"/{zone.organization.id}/" in key for key in archive.digests)


def test_each_chain_is_hourly_without_a_hole_at_a_minute_and_second_of_its_own(archive):
    marks = set()
    for (_, _, backfill), keys in archive.chains().items():
        if backfill:
            continue
        digests = [archive.digest(key) for key in keys]
        assert len(digests) == 24
        assert digests[0]["digestStartTime"] <= "2026-11-19T15:20:07Z"
        for older, newer in pairwise(digests):
            assert newer["digestStartTime"] == older["digestEndTime"]
        for one in digests:
            start, end = (
                datetime.fromisoformat(one[name]) for name in ("digestStartTime", "digestEndTime")
            )
            assert end - start == timedelta(hours=1)
        marks.add(digests[0]["digestEndTime"][14:])
    assert len(marks) > 10


def test_the_first_digest_has_no_previous_one_and_says_so_five_times(archive):
    for keys in archive.chains().values():
        first = archive.digest(keys[0])
        assert [first[one] for one in first if one.startswith("previousDigest")] == [None] * 5


def test_an_empty_hour_has_a_digest_that_names_no_log_and_no_event(archive):
    empty = [one for key in archive.digests if not (one := archive.digest(key))["logFiles"]]
    assert empty
    assert all(one["newestEventTime"] is one["oldestEventTime"] is None for one in empty)


def test_a_late_event_makes_a_digest_older_than_its_interval(archive):
    digests = [archive.digest(key) for key in archive.digests]
    assert any((one["oldestEventTime"] or "z") < one["digestStartTime"] for one in digests)


def test_every_region_signs_with_two_keys_one_after_the_other(archive):
    used = {}
    for (_, region, backfill), keys in archive.chains().items():
        if not backfill:
            names = [archive.digest(key)["digestPublicKeyFingerprint"] for key in keys]
            used.setdefault(region, set()).update(names)
            assert sum(a != b for a, b in pairwise(names)) == 1
    assert all(len(names) == 2 for names in used.values())
    assert len(set.union(*used.values())) == 2 * len(used)


def test_logs_that_missed_their_hour_are_in_a_backfill_digest_with_the_time_it_was_made(archive):
    backfills = [key for key in archive.digests if key.endswith("_backfill.json.gz")]
    assert backfills
    for key in backfills:
        digest = archive.digest(key)
        made = archive.metadata[key]["backfill-generation-timestamp"]
        assert made > digest["digestEndTime"]
        assert digest["logFiles"]


def test_without_wishing_for_it_nothing_is_backfilled(tmp_path, lab_directory):
    for wish in (True, False):
        plan = a_plan(zone="minimal", attack=False, backfill=wish)
        delivered(plan, tmp_path / f"{wish}", lab_directory)
        found = Archive(tmp_path / f"{wish}").digests
        assert any("_backfill" in key for key in found) is wish


def test_digests_name_the_bucket_and_the_home_region(archive):
    zone = a_zone()
    for key in archive.digests:
        assert archive.digest(key)["digestS3Bucket"] == "lab-cloudtrail-222222222222-us-east-1"
        assert re.search(
            rf"_{zone.trail.name}_us-east-1_\d{{8}}T\d{{6}}Z(_backfill)?\.json\.gz$", key
        )


def test_a_validity_that_ends_inside_the_range_rotates_the_key_by_itself(tmp_path, lab_directory):
    end = datetime.fromisoformat("2026-11-25T03:00:00Z")
    plan = a_plan(zone="minimal", end=end, days=0.5, scale=0.1)
    delivered(plan, tmp_path / "d", lab_directory)
    archive = Archive(tmp_path / "d")
    assert archive.faults() == []
    assert {validity for _, _, validity in archive.keys.values()} == {
        ("2026-10-26T00:00:00Z", "2026-11-25T00:00:00Z"),
        ("2026-11-25T00:00:00Z", "2026-12-25T00:00:00Z"),
    }


@pytest.fixture(scope="module")
def archive_of(tmp_path_factory, lab_directory):
    """Return what a landing zone of some name delivers in a few hours, each made once."""

    @cache
    def made(zone):
        path = tmp_path_factory.mktemp(zone) / "copy"
        delivered(a_plan(zone=zone, days=0.3, scale=0.2), path, lab_directory)
        return Archive(path)

    return made


@pytest.mark.parametrize("zone", ["standalone", "govcloud", "china", "everything"])
def test_other_landing_zones_deliver_sound_archives_too(zone, archive_of):
    archive = archive_of(zone)
    assert archive.faults() == []
    assert all(
        key.startswith(f"{a_zone(zone).trail.prefix}/" if a_zone(zone).trail.prefix else "AWSLogs/")
        for key in archive.files
    )


def test_accounts_outside_the_organisation_have_chains_of_their_own_trail(archive_of):
    mine = [key for key in archive_of("standalone").digests if "/888888888888/" in key]
    assert mine
    assert all(key.startswith("AWSLogs/888888888888/") for key in mine)
    assert all("_partner-trail_eu-central-1_" in key for key in mine)
