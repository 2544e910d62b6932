"""Runbooks about people, sign-ins and roles."""

import json

from ops.query import rendering, runbook
from ops.query.catalog import VIEWS
from tests.query.asking import ids, run, sees
from tests.query.conftest import at
from tests.query.records import ALICE, event, session

ROLE = "arn:aws:iam::444444444444:role/reader"
SESSION = "arn:aws:sts::444444444444:assumed-role/reader/nightly"


# 1


@sees(1, "recon")
def test_actor_timeline_tells_everything_an_actor_did_in_order(answer, story, planted, day):
    arn = f"arn:aws:iam::{story.facts.victim}:user/build-agent"
    rows = answer("actor-timeline", actor=arn)
    ordinary = {one.event_id for one in story.planted if one.family}
    assert planted("recon") - ordinary <= ids(rows)
    assert len(rows) == day.value("SELECT count(*) FROM events WHERE user_arn = $arn", arn=arn)
    assert {row["user_arn"] for row in rows} == {arn}
    assert [row["event_time"] for row in rows] == sorted(row["event_time"] for row in rows)


def test_actor_timeline_knows_an_actor_by_any_of_its_names(ask):
    role = session("ASIAREADER0000000000", SESSION)
    role["sessionContext"]["sourceIdentity"] = "alice@example.org"
    other = session("ASIAOTHER00000000000", SESSION.replace("reader/nightly", "reader-2/nightly-2"))
    store = ask(
        [
            event("A", user=role),
            event("B"),
            event("C", user=other),
            event("D", user={"type": "Unknown"}),
        ]
    )
    names = [
        "reader",
        "nightly",
        SESSION,
        ROLE,
        "ASIAREADER0000000000",
        "alice@example.org",
        role["principalId"],
    ]
    for name in names:
        assert [row["event_name"] for row in run(store, "actor-timeline", actor=name)] == ["A"], (
            name
        )
    for name in ("alice", ALICE["arn"], ALICE["principalId"], ALICE["accessKeyId"]):
        assert [row["event_name"] for row in run(store, "actor-timeline", actor=name)] == ["B"], (
            name
        )
    assert run(store, "actor-timeline", actor="read%") == []


# 2


@sees(2, "root")
def test_root_activity_finds_every_use_of_root_and_nothing_else(answer, planted):
    rows = answer("root-activity")
    assert ids(rows) == planted("root")
    assert [row["what"] for row in rows] == ["password", "sign-in", "sign-in", "call"]
    assert [row["outcome"] for row in rows] == ["done", "Failure", "Success", "done"]


def test_root_activity_leaves_out_what_services_do_for_root(ask):
    root = {"type": "Root", "arn": "arn:aws:iam::444444444444:root", "accountId": "444444444444"}
    texts = [
        event("CreateUser", user=root),
        event("Decrypt", "kms", user=root | {"invokedBy": "s3.amazonaws.com"}),
        event("RotateKey", "kms", user=root, eventType="AwsServiceEvent"),
        event("CreateUser"),
    ]
    assert [row["event_name"] for row in run(ask(texts), "root-activity")] == ["CreateUser"]


# 3, 4


def sign_in(user, result="Success", mfa="No", **more):
    return event("ConsoleLogin", "signin", user=user, answer={"ConsoleLogin": result}, additionalEventData={"MFAUsed": mfa},
                 eventType="AwsConsoleSignIn", **more)  # fmt: skip


@sees(3, "console", "root")
def test_console_logins_lists_every_sign_in_with_its_second_factor(answer, planted, day):
    rows = answer("console-logins")
    assert planted("console", "ConsoleLogin") | planted("root", "ConsoleLogin") <= ids(rows)
    assert len(rows) == day.value("SELECT count(*) FROM events WHERE event_name = 'ConsoleLogin'")
    ordinary = [row for row in rows if row["event_id"] not in planted("console") | planted("root")]
    assert ordinary
    assert {row["mfa"] for row in ordinary} <= {"Yes", "the identity provider decides"}
    assert {row["result"] for row in rows} == {"Success", "Failure"}


@sees(4, "console", "root")
def test_login_without_mfa_finds_passwords_alone_and_no_federated_sign_in(
    answer, story, planted, day
):
    [backdoor, root] = answer("login-without-mfa")
    assert backdoor["user_arn"].endswith("user/support-svc")
    assert root["user_type"] == "Root"
    assert {backdoor["event_id"]} < planted("console")
    assert {root["event_id"]} < planted("root")
    federated = day.value("SELECT count(*) FROM events WHERE event_name = 'ConsoleLogin' AND user_type = 'AssumedRole' "
                          "AND field('additionalEventData.MFAUsed') = 'No'")  # fmt: skip
    assert federated > 0


def test_login_without_mfa_leaves_out_failures_second_factors_and_roles(ask):
    texts = [
        sign_in(ALICE), sign_in(ALICE, "Failure"), sign_in(ALICE, mfa="Yes"),
        sign_in(session("ASIAREADER0000000000", SESSION)), sign_in({"type": "SAMLUser", "userName": "x"}),
    ]  # fmt: skip
    assert ids(run(ask(texts), "login-without-mfa")) == ids(
        run(ask(texts[:1]), "login-without-mfa")
    )
    assert len(run(ask(texts), "login-without-mfa")) == 1


# 5


@sees(5, "console")
def test_login_failures_finds_the_spraying_and_who_got_in(answer, story, planted):
    [row] = answer("login-failures")
    assert row["source_ip_address"] == "192.0.2.140"
    assert row["failures"] == 6
    assert "admin" in row["names"].split(", ")
    assert row["succeeded_as"].endswith("user/support-svc")
    assert set(row["event_ids"].split(", ")) < planted("console")


def failures(count, start, address="192.0.2.9", step=60):
    return [
        sign_in({"type": "IAMUser", "userName": f"user{nth}"}, "Failure", sourceIPAddress=address,
                at=f"2026-11-20T{start:02d}:{nth * step // 60:02d}:00Z") for nth in range(count)
    ]  # fmt: skip


def test_login_failures_takes_gaps_for_two_bursts_and_a_mistyped_password_for_none(ask):
    texts = [
        *failures(5, 1), *failures(6, 8), *failures(4, 3, "203.0.113.1"),
        *[sign_in(ALICE, "Failure", at=f"2026-11-20T{hour:02d}:00:00Z", sourceIPAddress="203.0.113.2") for hour in range(1, 19, 3)],
        sign_in(ALICE, sourceIPAddress="192.0.2.9", at="2026-11-20T09:00:00Z"),
        sign_in(ALICE, sourceIPAddress="192.0.2.9", at="2026-11-20T00:30:00Z"),
    ]  # fmt: skip
    store = ask(texts)
    rows = run(store, "login-failures")
    assert [(row["failures"], row["succeeded_at"]) for row in rows] == [
        (5, at("2026-11-20T09:00:00Z")), (6, at("2026-11-20T09:00:00Z"))]  # fmt: skip
    assert [row["failures"] for row in run(store, "login-failures", failures="6")] == [6]


# 7


@sees(7, "hop")
def test_role_map_shows_both_hops_once_and_which_crosses_accounts(answer, story):
    facts, plan = story.facts, story.plan
    rows = {(row["caller"], row["role_arn"]): row for row in answer("role-map")}
    first = rows[f"arn:aws:iam::{facts.victim}:user/support-svc", facts.first_role.arn(plan)]
    assert (first["cross_account"], first["calls"], first["failed"]) == (True, 1, 0)
    second = rows[facts.first_role.arn(plan), facts.second_role.arn(plan)]
    assert (second["cross_account"], second["calls"]) == (False, 1)
    strangers = [
        caller
        for caller, role in rows
        if role in (facts.first_role.arn(plan), facts.second_role.arn(plan))
    ]
    assert len(strangers) == 2


def test_role_map_counts_a_call_that_two_accounts_recorded_once(answer, day):
    role = "arn:aws:iam::555555555555:role/SecurityAudit"
    [row] = answer("role-map", role=role)
    assert (row["caller"], row["cross_account"]) == (
        "arn:aws:iam::333333333333:role/audit-runner",
        True,
    )
    sql = ("SELECT count(DISTINCT shared_event_id) FROM events WHERE event_name = 'AssumeRole' "
           "AND field('requestParameters.roleArn') = $role")  # fmt: skip
    assert row["calls"] == day.value(sql, role=role) > 0


# 9


def first_seen(store, since):
    """Run first-seen, which looks at more than the time asked about."""
    values = {"since": since, "until": store.window.end, "baseline": 14}
    tree = runbook.found("first-seen").tree("duckdb", tuple(VIEWS))
    statement = rendering.duckdb(tree, values)
    return store.rows(statement.text, **statement.named)


def test_first_seen_finds_the_stranger_s_address_actions_and_user(day, story):
    rows = first_seen(day, story.begin)
    found = {(row["kind"], row["principal"], row["value"]) for row in rows}
    victim = f"arn:aws:iam::{story.facts.victim}:user"
    planted = {
        f"{event['eventSource']} {event['eventName']}" for one in story.planted
        if one.step in ("recon", "persistence", "escalation") and not one.family
        for event in [json.loads(one.text)]
    }  # fmt: skip
    assert {("action", f"{victim}/build-agent", one) for one in planted} <= found
    assert ("address", f"{victim}/build-agent", "192.0.2.77") in found
    assert ("principal", f"{victim}/support-svc", "") in found
    sql = "SELECT DISTINCT source_ip_address FROM events WHERE user_arn = $arn AND event_time < $since"
    ordinary = day.column(sql, arn=f"{victim}/build-agent", since=story.begin)
    assert ordinary
    assert not {("address", f"{victim}/build-agent", one) for one in ordinary} & found
    assert min(row["first_time"] for row in rows) >= story.begin


def test_first_seen_takes_sessions_for_their_role_and_addresses_of_services_for_none(ask):
    old, new = (session(f"ASIA{name}0000000000000", f"{SESSION}-{name}") for name in ("OLD", "NEW"))
    store = ask([
        event("A", user=old, at="2026-11-18T10:00:00Z"), event("A", user=new, at="2026-11-20T10:00:00Z"),
        event("A", user=new, at="2026-11-20T10:00:00Z", sourceIPAddress="ec2.amazonaws.com"),
        event("B", user=new, at="2026-11-20T11:00:00Z"), event("C", at="2026-11-20T12:00:00Z"),
    ])  # fmt: skip
    rows = first_seen(store, at("2026-11-20T00:00:00Z"))
    assert [(row["kind"], row["principal"], row["value"]) for row in rows] == [
        ("action", ROLE, "iam.amazonaws.com B"), ("principal", ALICE["arn"], "")]  # fmt: skip
