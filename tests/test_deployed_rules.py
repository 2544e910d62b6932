"""What a landing zone deploys of the rules it names, and what it is told of those it cannot."""

import pytest
import yaml

from ops import deployed_rules
from ops.config import load
from ops.errors import ConfigError
from ops.rules import catalogue
from ops.rules.rule import Alarm
from tests.config.zones import a_zone, read

HEAD = "logsource: {product: aws, service: cloudtrail}\nlevel: high\n"
TRAIL = "detection: {s: {eventName|cased: CreateTrail}, condition: s}\n"
STANDS = "atalaya: {vantages: [management-home]}\n"
COUNTED = """\
title: One refused
name: refused
logsource: {product: aws, service: cloudtrail}
detection: {s: {errorCode|cased: AccessDenied}, condition: s}
---
title: Many refused
name: many-refused
level: high
correlation: {type: event_count, rules: [refused], timespan: 10m, condition: {gt: 49}}
"""


def deployed(**changes):
    return deployed_rules.of(read(a_zone(**changes)))


def problems(**changes):
    with pytest.raises(ConfigError) as caught:
        deployed(**changes)
    return list(caught.value.problems)


def own(directory, *texts, more="", **named):
    """Write rules; each text is a detection, named or numbered."""
    directory.mkdir(exist_ok=True)
    for name, text in {**{f"own-{n}": text for n, text in enumerate(texts)}, **named}.items():
        content = text if text.startswith("title:") else f"title: {name}\n{HEAD}{text}{more}"
        (directory / f"{name}.yml").write_text(content, encoding="utf-8")
    return str(directory)


def metrics(**changes):
    return {one.said.name: one for one in deployed(**changes).metrics}


def reactions(**changes):
    return {one.said.name: one for one in deployed(**changes).reactions}


def a_name(length):
    names = ", ".join(f"CreateSomething{n:04}" for n in range(length))
    return f"detection: {{s: {{eventName|cased: [{names}]}}, condition: s}}\n"


def test_without_a_word_the_controls_of_cis_and_the_reactions_to_tampering_are_deployed():
    found = deployed()
    assert len(found.metrics) == 15
    assert all(one.said.cis for one in found.metrics)
    assert all(one.said.profiles == ("tamper",) and not one.reads for one in found.reactions)
    assert len(found.reactions) == 7


def called(test):
    return {one.said.name for one in catalogue.shipped().rules if test(one.said)}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [(["root-usage"], {"root-usage"}),
     (["attack.t1666"], called(lambda said: "attack.t1666" in said.tags)),
     (["cis-1.2", "root-usage"], called(lambda said: "cis-1.2" in said.profiles)),
     (["root-usage", "tamper"], {"root-usage", *called(lambda said: "tamper" in said.profiles)}),
     ([], set())],
)  # fmt: skip
def test_rules_are_named_by_name_tag_or_profile(rules, expected):
    assert set(metrics(alarms__rules=rules)) == expected


def test_all_prescribed_texts_stand_side_by_side_and_a_rule_without_one_is_compiled():
    found = metrics(alarms__rules=["cis-5.0", "trail-tampering"])
    assert set(found["route-table-changes"].filters) == {"securityhub", "prowler"}
    assert set(found["security-group-changes"].filters) == {"securityhub", "cis"}
    assert found["root-usage"].filters == {
        "securityhub": '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS '
        '&& $.eventType !="AwsServiceEvent"}'
    }
    (text,) = found["trail-tampering"].filters.values()
    assert set(found["trail-tampering"].filters) == {"cloudwatch"}
    assert '$.eventSource = "cloudtrail.amazonaws.com"' in text
    assert '$.eventName = "StopLogging"' in text


def test_rules_can_be_left_out_and_their_alarms_tuned():
    found = metrics(
        alarms__without=["nacl-changes"],
        alarms__tuned=[{"rule": "root-usage", "threshold": 3},
                       {"rule": "vpc-changes", "period_seconds": 3600}],
    )  # fmt: skip
    assert len(found) == 14
    assert found["root-usage"].alarm == Alarm(300, 3)
    assert found["vpc-changes"].alarm == Alarm(3600, 1)
    assert found["iam-policy-changes"].alarm == Alarm(300, 1)


def test_a_threshold_is_refused_where_several_texts_would_count_an_event_several_times():
    tuned = [
        {"rule": "route-table-changes", "threshold": 2},
        {"rule": "vpc-changes", "threshold": 2},
    ]
    (problem,) = problems(alarms__tuned=tuned)
    assert problem.startswith(
        "alarms.rules.0: rule route-table-changes: its 2 prescribed texts count"
    )


def test_a_directory_of_ones_own_lies_beside_the_file(tmp_path):
    own(tmp_path / "mine", made=TRAIL, more=STANDS)
    file = tmp_path / "zone.yaml"
    zone = a_zone(alarms__rules=["root-usage"], alarms__directory="mine",
                  reactions__rules=[], reactions__directory="mine")  # fmt: skip
    file.write_text(yaml.safe_dump(zone), encoding="utf-8")
    found = deployed_rules.of(load(file))
    assert [one.said.name for one in found.metrics] == ["root-usage", "made"]
    assert found.metrics[1].filters == {"cloudwatch": '{ $.eventName = "CreateTrail" }'}
    (reaction,) = found.reactions
    assert reaction.pattern.endswith('"eventName":["CreateTrail"]}}')


def test_a_count_without_groups_is_an_alarm_with_its_span_and_number(tmp_path):
    found = metrics(alarms__rules=[], alarms__directory=own(tmp_path, many=COUNTED))
    assert found["many-refused"].filters == {"cloudwatch": '{ $.errorCode = "AccessDenied" }'}
    assert found["many-refused"].alarm == Alarm(600, 50)
    assert list(found) == ["many-refused"]


def test_a_text_in_any_case_is_refused_until_it_may_be_narrowed(tmp_path):
    directory = own(tmp_path, loose="detection: {s: {eventName: CreateTrail}, condition: s}\n")
    (problem,) = problems(alarms__directory=directory)
    assert problem.startswith(
        "alarms.directory: rule loose: a CloudWatch Logs filter pattern cannot"
    )
    found = metrics(alarms__directory=directory, alarms__narrow_case=True)
    assert found["loose"].filters == {"cloudwatch": '{ $.eventName = "CreateTrail" }'}


def test_the_archives_bucket_stands_in_the_pattern_that_guards_it():
    found = reactions(archive__bucket="acme-logs-of-trails")
    assert '"bucketName":["acme-logs-of-trails"]' in found["archive-bucket-tampering"].pattern


def test_calls_that_only_read_are_asked_for_by_rules_that_look_for_them(tmp_path):
    reads = "detection: {s: {eventName|cased: GetSecretValue}, condition: s}\n"
    directory = own(tmp_path, reads=reads, writes=TRAIL, more=STANDS)
    found = reactions(reactions__rules=[], reactions__directory=directory)
    assert (found["reads"].reads, found["writes"].reads) == (True, False)


def test_everything_that_is_wrong_is_told_at_once_at_its_place(tmp_path):
    directory = own(
        tmp_path,
        heartbeat=TRAIL, broken="detection: {s: {a|odd: b}, condition: s}\n",
        **{"root-usage": TRAIL, "a name": TRAIL, "slow": TRAIL + "atalaya: {alarm: {period: 45}}\n"},
    )  # fmt: skip
    found = problems(
        alarms__rules=["cis-5.0", "cis-5.1", "bucket-emptying"], alarms__directory=directory,
        alarms__without=["trail-tampering"], alarms__tuned=[{"rule": "gone", "threshold": 2}],
        reactions__rules=["tamper", "root-usage"], reactions__directory=str(tmp_path / "nowhere"),
    )  # fmt: skip
    expected = [
        "alarms.rules.1: 'cis-5.1': is no rule, profile or tag of the catalogue; did you mean cis-5.0?",
        "alarms.rules.2: rule bucket-emptying: a CloudWatch Logs filter pattern cannot express this: an alarm counts",
        "alarms.without.0: 'trail-tampering': is none of the rules that alarms.rules names",
        "alarms.directory: 'a name': the name of a name.yml must be letters",
        "alarms.directory: 'broken.yml': broken.yml, line 4: ",
        "alarms.directory: 'heartbeat': the name of heartbeat.yml is another's, too",
        "alarms.directory: 'root-usage': the name of root-usage.yml is another's, too",
        "alarms.directory: rule slow: its alarm counts for 45 s up to 1; a period is whole minutes",
        "alarms.tuned.0.rule: 'gone': is no rule with an alarm",
        "reactions.directory: ",
        "reactions.rules.1: rule root-usage: says no `vantages`",
    ]
    assert len(found) == len(expected)
    for words in expected:
        assert [one for one in found if one.startswith(words)], (words, found)


@pytest.mark.parametrize(
    ("timespan", "condition", "words"),
    [("1d", "gte: 1", None), ("2d", "gte: 1", "counts for 172800 s up to 1"),
     ("1m", "gte: 1", None), ("1m", "gte: 0", "counts for 60 s up to 0")],
)  # fmt: skip
def test_an_alarm_counts_for_a_day_at_most_and_to_one_at_least(
    tmp_path, timespan, condition, words
):
    text = COUNTED.replace("10m", timespan).replace("gt: 49", condition)
    directory = own(tmp_path, many=text)
    if words is None:
        assert "many-refused" in metrics(alarms__directory=directory)
        return
    (problem,) = problems(alarms__directory=directory)
    assert problem.startswith(f"alarms.directory: rule many-refused: its alarm {words}; a period")


def test_an_empty_directory_is_no_directory_of_rules(tmp_path):
    assert problems(alarms__directory=str(tmp_path)) == [
        f"alarms.directory: {tmp_path} holds no rule"
    ]


def test_a_reaction_stands_only_where_there_is_an_account_for_it(tmp_path):
    more = "atalaya: {vantages: [delegated-administrator]}\n"
    directory = own(tmp_path, away=TRAIL, more=more)
    assert problems(reactions__directory=directory) == [
        "reactions.directory: rule away: stands in delegated administrator, home region, "
        "and there is none"
    ]
    found = reactions(reactions__directory=directory,
                      organization__delegated_administrator="333333333333")  # fmt: skip
    assert "away" in found


def test_a_hundred_filters_fit_a_log_group_and_not_one_more(tmp_path):
    texts = [f"detection: {{s: {{eventName|cased: E{n}}}, condition: s}}\n" for n in range(100)]
    directory = own(tmp_path, *texts)
    assert len(metrics(alarms__rules=[], alarms__directory=directory)) == 100
    (problem,) = problems(alarms__rules=["root-usage"], alarms__directory=directory)
    assert problem.startswith("alarms.rules: 101 metric filters; a log group takes 100")


def test_five_filters_with_expressions_fit_a_log_group_and_not_one_more(tmp_path):
    texts = [f"detection: {{s: {{eventName|re: '^E{n}[0-9]$'}}, condition: s}}\n" for n in range(6)]
    directory = own(tmp_path, *texts)
    (problem,) = problems(alarms__directory=directory)
    assert problem.startswith(
        "alarms.rules: 6 filters with regular expressions; a log group takes 5"
    )
    assert problem.endswith("does not raise that: own-0, own-1, own-2, own-3, own-4, own-5")
    (tmp_path / "own-5.yml").unlink()
    assert len(metrics(alarms__directory=directory)) == 20


def test_a_filter_longer_than_cloudwatch_takes_is_refused(tmp_path):
    (problem,) = problems(alarms__directory=own(tmp_path, long=a_name(60)))
    assert (
        "rule long: a CloudWatch Logs filter pattern cannot express this: it would have" in problem
    )
    assert "at most 1,024" in problem


def test_a_prescribed_text_is_held_to_the_same_length(tmp_path):
    text = "{ " + " || ".join(f"($.eventName = E{n})" for n in range(60)) + " }"
    directory = own(tmp_path, long=f"{TRAIL}atalaya: {{prescribed: {{cis: '{text}'}}}}\n")
    (problem,) = problems(alarms__directory=directory)
    assert problem.startswith("alarms.directory: rule long: the pattern has 1,3")


def test_a_longer_event_pattern_needs_a_raised_quota_and_is_told_so(tmp_path):
    directory = own(tmp_path, long=a_name(100), more=STANDS)
    (problem,) = problems(reactions__directory=directory)
    assert "characters, and 2,048 are your quota; AWS raises it to at most 4,096" in problem
    assert "long" in reactions(reactions__directory=directory, reactions__pattern_quota=4096)
    own(tmp_path, long=a_name(300), more=STANDS)
    (problem,) = problems(reactions__directory=directory, reactions__pattern_quota=4096)
    assert "at most 4,096 may be" in problem


def test_a_bus_takes_three_hundred_rules_in_one_place(tmp_path):
    directory = own(tmp_path, *[TRAIL] * 297, more=STANDS)
    assert len(reactions(reactions__directory=directory)) == 304
    own(tmp_path, more_of_it=TRAIL, more=STANDS)
    (problem,) = problems(reactions__directory=directory)
    assert problem == (
        "reactions.rules: 301 rules in the management account, home region; an event bus takes 300"
    )


def test_a_name_too_long_for_its_resource_is_told(tmp_path):
    directory = own(tmp_path, **{"a" * 60: TRAIL}, more=STANDS)
    (problem,) = problems(reactions__directory=directory)
    assert problem.endswith("is longer than 64 characters")
    assert "a" * 60 in metrics(alarms__directory=directory)
    own(tmp_path, longer=TRAIL, more=f"name: {'b' * 250}\n" + STANDS)
    (problem,) = problems(alarms__directory=directory)
    assert problem.endswith("is longer than 255 characters")
