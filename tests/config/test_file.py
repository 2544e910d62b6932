"""Reading the file: what is no landing zone says so, in one line and in bounded time."""

import pytest

from ops import strict_yaml
from ops.config import load
from ops.errors import ConfigError
from tests.conftest import ROOT, ZONES

LAB = (ROOT / "config" / "lab.yaml").read_text(encoding="utf-8")


def the_problem(path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    [problem] = caught.value.problems
    assert str(caught.value) == f"{path}: {problem}"
    assert problem.isprintable()
    return problem


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "zone.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty: must be a mapping of fields to values"),
        ("# nothing yet\n", "is empty: must be a mapping of fields to values"),
        ("- a\n- b\n", "the file: a list: must be a mapping of fields to values"),
        (b"name: \xff\n", "is not a landing-zone file: byte 7 is not UTF-8"),
        ('name: "a\x00"', "is not a landing-zone file: the character U+0000 may not stand in it"),
        ("a: b: c", "is not a landing-zone file: line 1, column 5: mapping values are not "
         "allowed in this context"),
        ("a: 1\n---\nb: 2\n", "is not a landing-zone file: it holds more than one document"),
        ("name: a\nname: b\n", "is not a landing-zone file: line 2, column 1: the key 'name' "
         "stands twice"),
        ("trail: {name: a, name: a}", "is not a landing-zone file: line 1, column 18: the key "
         "'name' stands twice"),
        ("? [a, b]\n: c\n", "is not a landing-zone file: line 1, column 3: a key must be a "
         "single word"),
        ("name: !!python/object/apply:os.getcwd []", "is not a landing-zone file: line 1, "
         "column 7: a tag has no place in this file"),
        ("name: !!timestamp x", "is not a landing-zone file: line 1, column 7: a tag has no "
         "place in this file"),
        ("since: 2026-13-01", "is not a landing-zone file: line 1, column 8: not a value: month "
         "must be in 1..12"),
        ("name: " + "9" * 5000, "is not a landing-zone file: line 1, column 7: the number is "
         "too long; a text stands in quotes"),
        ("a: &a [x, x]\nb: [*a, *a]\n", "is not a landing-zone file: line 2, column 5: an alias "
         "may stand for a single value only"),
        ("a: &a [*a]", "is not a landing-zone file: line 1, column 8: an alias may stand for a "
         "single value only"),
        ("a: *b", "is not a landing-zone file: line 1, column 4: found undefined alias 'b'"),
        ("[" * 50_000, "is not a landing-zone file: its values are nested too deeply"),
        ("#" * 1_000_001, "is not a landing-zone file: it is larger than 1000000 bytes"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_landing_zone_is_refused_with_the_reason(written, content, problem):
    assert the_problem(written(content)) == problem


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert the_problem(tmp_path / "none.yaml") == "cannot be read: No such file or directory"


def test_a_directory_is_no_file(tmp_path):
    assert the_problem(tmp_path) == "cannot be read: Is a directory"


def test_an_account_id_without_quotes_is_shown_as_it_was_written(written):
    path = written(LAB.replace('audit_account: "333333333333"', "audit_account: 012345671234"))
    assert the_problem(path) == (
        "organization.audit_account: 012345671234: must be twelve digits in quotes, "
        'such as "111122223333"'
    )


def test_a_merge_key_is_no_field(written):
    assert the_problem(written(LAB + "<<: {partition: aws}\n")) == "<<: no such field"


def test_a_key_that_is_no_text_is_no_field(written):
    assert the_problem(written(LAB + "3: x\n")) == "3: 3: must be the name of a field"


def test_a_single_value_may_be_named_and_used_again(written):
    text = LAB.replace(
        'log_archive_account: "222222222222"', 'log_archive_account: &l "222222222222"'
    )
    zone = load(written(text.replace('id: "222222222222"', "id: *l")))
    assert zone.organization.accounts[1].id == "222222222222"


def test_numbers_are_plain_numbers_in_the_landing_zone(written):
    zone = load(written(LAB + "log_group: {retention_days: 400}\narchive: {expire_days: 0x200}\n"))
    assert (zone.archive.expire_days, zone.log_group.retention_days) == (512, 400)
    assert type(zone.archive.expire_days) is type(zone.log_group.retention_days) is int


def test_a_byte_order_mark_does_not_matter(written):
    assert load(written(b"\xef\xbb\xbf" + LAB.encode())).name == "lab"


def test_a_time_without_quotes_is_read_with_its_offset(written):
    text = LAB.replace("trail:\n", "trail:\n  logging_since: 2026-11-01T02:00:00+02:00\n")
    assert str(load(written(text)).trail.logging_since) == "2026-11-01 00:00:00+00:00"


def test_an_endless_file_is_refused_early():
    assert "larger than" in the_problem(strict_yaml.Path("/dev/zero"))


@pytest.mark.parametrize("path", [ROOT / "config" / "lab.yaml", *sorted(ZONES.glob("*.yaml"))])
def test_every_landing_zone_of_the_repository_is_right(path):
    assert load(path).name
