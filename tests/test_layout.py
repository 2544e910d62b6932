"""Keys are spelled one way, and read back exactly."""

import string
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import layout
from ops.layout import Chain, DigestKey, Family, LogKey

ACCOUNT = "111122223333"
ORGANIZATION = "o-a1b2c3d4e5"
DAY = date(2026, 3, 1)
LOG = (
    "AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/01/"
    "111122223333_CloudTrail_us-east-2_20260301T0210Z_Mu0KsOhtH1ar15ZZ.json.gz"
)
DIGEST = (
    "audit/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Digest/eu-west-1/2026/03/01/"
    "111122223333_CloudTrail-Digest_eu-west-1_org-trail_us-east-1_20260301T021503Z.json.gz"
)

accounts = st.text(string.digits, min_size=12, max_size=12)
organizations = st.none() | st.builds(
    "o-{}".format, st.text(string.ascii_lowercase + string.digits, min_size=10, max_size=32)
)
regions = st.sampled_from(
    ["us-east-1", "ap-southeast-5", "us-gov-west-1", "cn-northwest-1", "us-isob-east-1",
     "eusc-de-east-1", "mx-central-1"]
)  # fmt: skip
days = st.dates()
trails = st.text(
    string.ascii_letters + string.digits + "._-", min_size=3, max_size=128
) | st.builds(
    "{}_{}_{}".format,
    st.just("abc"),
    regions,
    st.sampled_from(["x", "20260101T000000Z", "us-east-1"]),
)
prefixes = st.just("") | st.text(min_size=1, max_size=40) | st.just("a/AWSLogs/111122223333/b")
minutes = st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(second=0, microsecond=0))
seconds = st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(microsecond=0))
logs = st.builds(
    LogKey, prefixes, organizations, accounts, st.sampled_from(layout.LOG_FAMILIES), regions, days,
    minutes, st.text(string.ascii_letters + string.digits, min_size=16, max_size=16),
)  # fmt: skip
digests = st.builds(
    DigestKey, prefixes, organizations, accounts, regions, days, trails, regions, seconds,
    st.booleans(),
)  # fmt: skip


@given(logs | digests)
def test_every_key_reads_back_as_what_it_was_written_from(one):
    assert layout.parse(one.key) == one


def spelled(folder, rest):
    account, family, region = folder.split("/")[-6:-3]
    return f"{folder}/{account}_{family}_{region}_{rest}.json.gz"


lookalikes = st.builds(
    spelled,
    st.from_regex(layout._FOLDER, fullmatch=True),
    st.from_regex(layout._LOG, fullmatch=True) | st.from_regex(layout._DIGEST, fullmatch=True)
    | st.text(),
)  # fmt: skip


@given(lookalikes | st.text())
def test_whatever_is_read_renders_to_the_same_key(text):
    found = layout.parse(text)
    assert found is None or found.key == text


def test_a_log_key_says_everything():
    assert layout.parse(LOG) == LogKey(
        "", None, ACCOUNT, Family.LOG, "us-east-2", DAY,
        datetime(2026, 3, 1, 2, 10, tzinfo=UTC), "Mu0KsOhtH1ar15ZZ",
    )  # fmt: skip


def test_an_organization_digest_key_says_everything():
    found = layout.parse(DIGEST)
    assert found == DigestKey(
        "audit", ORGANIZATION, ACCOUNT, "eu-west-1", DAY, "org-trail", "us-east-1",
        datetime(2026, 3, 1, 2, 15, 3, tzinfo=UTC), backfill=False,
    )  # fmt: skip
    assert found.chain == Chain(
        "audit", ORGANIZATION, ACCOUNT, "eu-west-1", "org-trail", "us-east-1"
    )


def test_a_backfill_digest_belongs_to_the_chain_it_fills():
    plain = layout.parse(DIGEST)
    backfill = layout.parse(DIGEST.replace(".json.gz", "_backfill.json.gz"))
    assert backfill.backfill
    assert backfill.end == plain.end
    assert hash(backfill.chain) == hash(plain.chain)
    assert backfill.chain == plain.chain


def test_a_trail_named_like_the_end_of_another_is_not_that_other():
    base = DIGEST.replace("org-trail", "{}")
    long = layout.parse(base.format("org_us-east-1_x"))
    short = layout.parse(base.format("org"))
    assert long.trail == "org_us-east-1_x"
    assert short.trail == "org"
    assert long.chain != short.chain


@pytest.mark.parametrize("family", layout.LOG_FAMILIES)
def test_every_log_family_is_read(family):
    key = LOG.replace("/CloudTrail/", f"/{family}/").replace("_CloudTrail_", f"_{family}_")
    assert layout.parse(key).family is family


@pytest.mark.parametrize(
    "key",
    [
        "",
        "AWSLogs/",
        LOG + "/",
        LOG + "\n",
        LOG.removesuffix(".gz"),
        LOG.replace("2026/03/01", "2026/02/30"),
        LOG.replace("T0210Z", "T2460Z"),
        LOG.replace("T0210Z", "T021000Z"),
        LOG.replace("us-east-2_", "us-east-1_"),
        LOG.replace("111122223333_", "444455556666_"),
        LOG.replace("111122223333", "١١١١٢٢٢٢٣٣٣٣"),
        LOG.replace("AWSLogs/", "AWSLogs/O-A1B2C3D4E5/"),
        LOG.replace("AWSLogs", "awslogs"),
        LOG.replace("/CloudTrail/", "/CloudTrail-Digest/"),
        LOG.replace("/CloudTrail/", "/CloudTrail-Other/"),
        DIGEST.replace("org-trail", "a/b"),
        DIGEST.replace("_us-east-1_", "_"),
        DIGEST.replace("T021503Z", "T0215Z"),
        DIGEST.replace(".json.gz", "_Backfill.json.gz"),
        "/" + LOG,
    ],
)
def test_what_cloudtrail_does_not_write_is_nothing(key):
    assert layout.parse(key) is None


def test_folders_lead_to_the_keys_in_them():
    log, digest = layout.parse(LOG), layout.parse(DIGEST)
    assert LOG.startswith(layout.day_prefix(log, Family.LOG, DAY))
    assert layout.day_prefix(log, Family.LOG, DAY).startswith(layout.family_prefix(log, Family.LOG))
    assert DIGEST.startswith(layout.day_prefix(digest.chain, Family.DIGEST, DAY))
    assert DIGEST.startswith(layout.root_prefix(prefix="audit"))
    assert layout.account_prefix(ACCOUNT) == layout.delivery_prefix(ACCOUNT)


@pytest.mark.parametrize("organization", [None, ORGANIZATION])
def test_a_template_filled_in_is_the_folder_of_a_day(organization):
    place = Chain("audit", organization, ACCOUNT, "eu-west-1", "t", "eu-west-1")
    template = layout.day_template(
        account="{account}", family="{family}", region="{region}", day="{day}",
        organization=organization, prefix="audit",
    )  # fmt: skip
    day = layout.DAY_FORMAT.replace("yyyy", "2026").replace("MM", "03").replace("dd", "01")
    filled = template.format(account=ACCOUNT, family=Family.NETWORK, region="eu-west-1", day=day)
    assert filled == layout.day_prefix(place, Family.NETWORK, DAY)


def test_folder_names_are_told_apart():
    assert layout.is_organization(ORGANIZATION)
    assert not layout.is_organization(ACCOUNT)
    assert layout.is_account(ACCOUNT)
    assert not layout.is_account(ACCOUNT + "4")
    assert layout.is_region("us-gov-east-1")
    assert not layout.is_region("CloudTrail")
