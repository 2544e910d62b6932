"""Runbooks about keys and sessions, on a generated day."""

from tests.query.asking import run, sees
from tests.query.records import event, session


@sees(8, "hop")
def test_session_chain_leads_from_the_leak_through_three_keys_in_two_accounts(answer, story):
    facts = story.facts
    keys = [facts.leaked_key, facts.backdoor_key, *facts.session_keys]
    for level, key in enumerate(keys):
        rows = answer("session-chain", key=key)
        assert [(row["access_key_id"], row["level"]) for row in rows] == [
            (one, nth - level) for nth, one in enumerate(keys)
        ]
    assert [row["parent_access_key_id"] for row in rows] == [None, *keys[:3]]
    assert [row["made_by"] for row in rows] == [None, "CreateAccessKey", "AssumeRole", "AssumeRole"]
    accounts = [facts.victim, facts.victim, facts.second, facts.second]
    assert [row["account"] for row in rows] == accounts
    assert rows[3]["principal"] == facts.second_role.session_arn(story.plan)
    assert {row["stopped"] for row in rows} == {None}


def test_session_chain_of_an_ordinary_session_has_nothing_of_the_attack(answer, story, day):
    key = day.column(
        "SELECT access_key_id FROM sessions WHERE role_arn LIKE '%/deployment' ORDER BY began"
    )[0]
    rows = answer("session-chain", key=key)
    assert [row["level"] for row in rows] == [-1, 0]
    assert [row["made_by"] for row in rows] == ["AssumeRoleWithWebIdentity", "AssumeRole"]
    attack = {story.facts.leaked_key, story.facts.backdoor_key, *story.facts.session_keys}
    assert not attack & {row["access_key_id"] for row in rows}


def test_session_chain_of_an_unknown_key_is_empty(answer):
    assert answer("session-chain", key="AKIAIOSFODNN7EXAMPLE") == []


def test_session_chain_says_where_it_stops_following(ask):
    texts = []
    for nth in range(12):
        user = session(f"ASIACHAIN{nth:011d}", f"arn:aws:sts::444444444444:assumed-role/r{nth}/s")
        made = {"credentials": {"accessKeyId": f"ASIACHAIN{nth + 1:011d}"}}
        texts.append(event("AssumeRole", "sts", user=user, answer=made))
    store = ask(texts)
    rows = run(store, "session-chain", key="ASIACHAIN00000000000")
    assert [row["level"] for row in rows] == list(range(9))
    assert [row["stopped"] for row in rows] == [None] * 8 + ["more below, not followed"]
    rows = run(store, "session-chain", key="ASIACHAIN00000000012")
    assert [row["level"] for row in rows] == list(range(-8, 1))
    assert rows[0]["stopped"] == "more above, not followed"
    assert {row["stopped"] for row in rows[1:]} == {None}


def test_session_chain_does_not_follow_a_call_that_failed(ask):
    made = {"credentials": {"accessKeyId": "ASIACHILD00000000000"}}
    store = ask([event("AssumeRole", "sts", answer=made, errorCode="AccessDenied")])
    assert len(run(store, "session-chain", key="AKIAALICE00000000000")) == 1


@sees(12, "leaked-key", "recon")
def test_key_activity_shows_the_stranger_beside_the_owner(answer, story, day):
    rows = answer("key-activity", key=story.facts.leaked_key)
    scan, tools = (row for row in rows if row["source_ip_address"] == "192.0.2.77")
    assert (scan["user_agent"], scan["events"], scan["actions"]) == (
        "TruffleHog",
        2,
        "GetCallerIdentity",
    )
    wanted = [one for one in story.planted
              if one.step in ("recon", "persistence", "escalation") and not one.family]  # fmt: skip
    assert tools["events"] == len(wanted)
    assert tools["errors"] == sum('"errorCode"' in one.text for one in wanted)
    assert tools["regions"] == ", ".join(sorted(story.plan.regions))
    sql = "SELECT count(*) FROM events WHERE user_access_key_id = $key"
    assert sum(row["events"] for row in rows) == day.value(sql, key=story.facts.leaked_key)
    assert {row["user_arn"] for row in rows} == {
        f"arn:aws:iam::{story.facts.victim}:user/build-agent"
    }


def test_key_activity_of_another_key_has_nothing_of_the_attack(answer, story, day):
    key = day.value("SELECT min(user_access_key_id) FROM events WHERE user_name = 'build-agent' "
                    "AND recipient_account_id = $account", account=story.facts.second)  # fmt: skip
    addresses = {row["source_ip_address"] for row in answer("key-activity", key=key)}
    assert addresses
    assert not any(one.startswith("192.0.2.") for one in addresses)
