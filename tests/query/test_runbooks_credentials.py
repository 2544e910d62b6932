"""Runbooks about keys and sessions, on a generated day."""

import json

from ops.query import addresses, lists
from tests.query.asking import ids, run, sees
from tests.query.records import event, event_id, session


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


# 13

SESSION = "arn:aws:sts::444444444444:assumed-role/reader/nightly"
STOLEN = session("ASIASTOLEN0000000000", SESSION)
CALM = session("ASIACALM000000000000", SESSION)


def test_session_elsewhere_finds_a_session_used_from_a_second_address(ask, tmp_path):
    info = tmp_path / "info.csv"
    info.write_text("cidr,country,asn\n203.0.113.0/24,XA,AS1\n192.0.2.0/24,XB,AS2\n")
    moved = event("A", user=STOLEN, sourceIPAddress="192.0.2.7", at="2026-11-20T11:00:00Z")
    texts = [
        event("A", user=STOLEN), moved, event("A", user=STOLEN, sourceIPAddress="192.0.2.7", at="2026-11-20T12:00:00Z"),
        event("A", user=CALM), event("A", user=CALM, sourceIPAddress="ec2.amazonaws.com"),
        event("A", user=CALM, sourceIPAddress="AWS Internal"), event("A", user=CALM, userAgent="another"),
        event("A"), event("A", sourceIPAddress="192.0.2.8"),
    ]  # fmt: skip
    [row] = run(ask(texts, known=addresses.load(info)), "session-elsewhere")
    assert row["access_key_id"] == "ASIASTOLEN0000000000"
    assert (row["addresses"], row["from_where"]) == (2, "203.0.113.9, 192.0.2.7")
    assert (row["countries"], row["networks"]) == ("XA, XB", "AS1, AS2")
    assert (row["events"], row["event_id"]) == (3, event_id(moved))
    assert run(ask(texts), "session-elsewhere", addresses="3") == []


def test_session_elsewhere_knows_no_country_without_a_file(ask):
    texts = [event("A", user=STOLEN), event("A", user=STOLEN, sourceIPAddress="192.0.2.7")]
    [row] = run(ask(texts), "session-elsewhere")
    assert not row["countries"]


def test_session_elsewhere_takes_no_session_of_the_attack_for_moved(answer, story):
    keys = {row["access_key_id"] for row in answer("session-elsewhere")}
    assert not keys & set(story.facts.session_keys)


# 15


@sees(15, "leaked-key", "recon")
def test_reconnaissance_finds_the_scanner_and_the_refusals_and_no_auditor(answer, story):
    rows = answer("reconnaissance")
    scan, tools = rows[:2]
    assert (scan["user_agent"], scan["why"], scan["calls"]) == (
        "TruffleHog",
        "a scanner's user agent",
        2,
    )
    assert (tools["why"], tools["source_ip_address"]) == ("many refusals", "192.0.2.77")
    assert tools["regions"] == ", ".join(sorted(story.plan.regions))
    assert "DescribeDBInstances" in tools["denied_actions"]
    attackers = {story.facts.leaked_key, story.facts.backdoor_key, *story.facts.session_keys}
    assert {row["access_key_id"] for row in rows} <= attackers


def test_reconnaissance_leaves_out_few_refusals_other_errors_and_scanners_of_ours(ask):
    def denied(count, code="AccessDenied", **more):
        return [event(f"List{nth}", errorCode=code, **more) for nth in range(count)]

    texts = [
        *denied(9, sourceIPAddress="203.0.113.1"),
        *denied(20, code="ThrottlingException", sourceIPAddress="203.0.113.2"),
        *denied(20, sourceIPAddress="203.0.113.3"),
        *denied(20, code="Client.UnauthorizedOperation", sourceIPAddress="203.0.113.4"),
        event("GetCallerIdentity", "sts", sourceIPAddress="203.0.113.5", userAgent="TruffleHog"),
        event("GetCallerIdentity", "sts", sourceIPAddress="203.0.113.6"),
    ]  # fmt: skip
    own = {**lists.known(None), "scanners": ["203.0.113.3"]}
    rows = run(ask(texts, lists=own), "reconnaissance")
    assert {row["source_ip_address"] for row in rows} == {"203.0.113.4", "203.0.113.5"}


# 19


@sees(19, "secrets")
def test_secrets_read_finds_the_bulk_and_no_service_at_work(answer, story, planted):
    [row] = answer("secrets-read")
    assert row["access_key_id"] == story.facts.session_keys[1]
    assert row["secrets"] >= 10
    assert row["bulk_calls"] == 3
    wanted = planted("secrets") - planted("secrets", "ListSecrets")
    assert set(row["event_ids"].split(", ")) == wanted


def test_secrets_read_counts_different_secrets_of_an_hour(ask):
    def reads(count, key, hour=10, **params):
        user = session(key, SESSION)
        return [event("GetSecretValue", "secretsmanager", f"2026-11-20T{hour}:00:0{nth % 10}Z", user=user,
                      params={"secretId": f"secret-{nth}"} | params) for nth in range(count)]  # fmt: skip

    texts = [
        *reads(12, "ASIAMANY000000000000"), *reads(50, "ASIASAME000000000000", secretId="one"),
        *reads(6, "ASIASLOW000000000000"), *reads(6, "ASIASLOW000000000000", hour=12),
        *[event("GetParameter", "ssm", params={"name": f"p{nth}", "withDecryption": False}) for nth in range(20)],
    ]  # fmt: skip
    assert [row["access_key_id"] for row in run(ask(texts), "secrets-read")] == [
        "ASIAMANY000000000000"
    ]
    assert len(run(ask(texts), "secrets-read", secrets="6")) == 3


# 17


@sees(17, "persistence")
def test_persistence_finds_every_way_back_in_and_no_ordinary_change(answer, planted, story):
    rows = answer("persistence")
    assert ids(rows) == planted("persistence")
    assert [row["what"] for row in rows] == [
        "a user", "an access key for another user", "a password", "a new trust of a role",
        "a second factor taken away"]  # fmt: skip
    assert {row["target"] for row in rows} == {"support-svc", "task-checkout", "build-agent"}


def test_persistence_leaves_out_one_s_own_keys_and_roles_of_services(ask):
    def trust(principal):
        return {
            "roleName": "r",
            "assumeRolePolicyDocument": json.dumps(
                {"Statement": [{"Effect": "Allow", "Principal": principal}]}
            ),
        }

    texts = [
        event("CreateAccessKey", params={"userName": "alice"}), event("CreateAccessKey", params=None),
        event("CreateRole", params=trust({"Service": "lambda.amazonaws.com"})),
        event("ListUsers"), event("CreateUser", "elasticache"),
        event("CreateAccessKey", params={"userName": "bob"}), event("CreateRole", params=trust({"AWS": "444444444444"})),
        event("CreateRole", params=trust("*")), event("CreateTrustAnchor", "rolesanywhere", params={"name": "ca"}),
    ]  # fmt: skip
    found = sorted((row["event_name"], row["target"]) for row in run(ask(texts), "persistence"))
    assert found == [
        ("CreateAccessKey", "bob"),
        ("CreateRole", "r"),
        ("CreateRole", "r"),
        ("CreateTrustAnchor", "ca"),
    ]


# 22


@sees(22, "persistence")
def test_trust_widened_finds_the_role_that_a_stranger_may_assume(answer, planted):
    [row] = answer("trust-widened")
    assert {row["event_id"]} == planted("persistence", "UpdateAssumeRolePolicy")
    assert (row["why"], row["role"], row["conditional"]) == ("666666666666", "task-checkout", False)


def test_trust_widened_leaves_out_services_and_accounts_of_ours(ask):
    def change(principal, name="UpdateAssumeRolePolicy", **more):
        document = json.dumps(
            {
                "Statement": [
                    {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
                ]
            }
        )
        key = "policyDocument" if name == "UpdateAssumeRolePolicy" else "assumeRolePolicyDocument"
        return event(name, params={"roleName": json.dumps(principal)[:40], key: document})

    def arn(account):
        return f"arn:aws:iam::{account}:root"

    texts = [
        event("A", recipientAccountId="555555555555"),
        change({"Service": "lambda.amazonaws.com"}), change({"AWS": arn("555555555555")}), change({"AWS": "777777777777"}),
        change({"Federated": "arn:aws:iam::444444444444:oidc-provider/x"}), change({"AWS": arn("444444444444")}),
        change({"AWS": [arn("444444444444"), arn("888888888888")]}), change({"AWS": "999999999999"}, "CreateRole"),
        change("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), change({"AWS": ["x", "*"]}),
    ]  # fmt: skip
    own = {**lists.known(None), "own_accounts": ["777777777777"]}
    rows = run(ask(texts, lists=own), "trust-widened")
    assert [(row["why"], row["conditional"]) for row in rows] == [
        ("888888888888", False), ("999999999999", False), ("everybody", True), ("everybody", False)]  # fmt: skip
