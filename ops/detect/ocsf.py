"""A finding as the Open Cybersecurity Schema Framework writes it: Detection Finding, 2004.

Source: OCSF schema, class `detection_finding` and the objects it names.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from ops import __version__
from ops.detect.finding import Finding
from ops.rules.rule import Level, Said

VERSION = "1.5.0"
"""Of the schema."""
ATTACK = "17.1"
"""Of ATT&CK, whose tactics and techniques the rules name."""
CLASS, CATEGORY, CREATE, NEW, RULE = 2004, 2, 1, 1, 1
SEVERITIES = {
    Level.INFORMATIONAL: (1, "Informational"),
    Level.LOW: (2, "Low"),
    Level.MEDIUM: (3, "Medium"),
    Level.HIGH: (4, "High"),
    Level.CRITICAL: (5, "Critical"),
}
TACTICS = {
    "reconnaissance": ("TA0043", "Reconnaissance"),
    "resource-development": ("TA0042", "Resource Development"),
    "initial-access": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilege-escalation": ("TA0004", "Privilege Escalation"),
    "defense-evasion": ("TA0005", "Defense Evasion"),
    "credential-access": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateral-movement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "command-and-control": ("TA0011", "Command and Control"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "impact": ("TA0040", "Impact"),
}
"""By their names in Sigma's tags."""


def event(finding: Finding, made: datetime) -> dict[str, Any]:
    """Return a finding as an event of OCSF; `made` is when it was found."""
    severity, named = SEVERITIES[finding.rule.said.level]
    found = {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Detection Finding: Create",
        "severity_id": severity,
        "severity": named,
        "status_id": NEW,
        "status": "New",
        "is_alert": severity >= SEVERITIES[Level.HIGH][0],
        "time": _milliseconds(made),
        "start_time": _milliseconds(finding.time),
        "end_time": _milliseconds(finding.last_time),
        "message": finding.rule.said.title,
        "metadata": {
            "version": VERSION,
            "product": {"name": "Atalaya", "vendor_name": "Atalaya", "version": __version__},
            "profiles": ["cloud"],
            "log_name": finding.source_key,
            "log_provider": "AWS CloudTrail",
        },
        "finding_info": _info(finding, made),
        "cloud": {
            "provider": "AWS",
            "account": {"uid": finding.account, "type": "AWS Account", "type_id": 10}
            if finding.account
            else None,
            "region": finding.region,
        },
        "evidences": [_evidence(finding)],
        "unmapped": {"count": finding.count, "key": dict(finding.key), "next": list(finding.next)},
    }
    stripped: dict[str, Any] = _stripped(found)
    return stripped


def _info(finding: Finding, made: datetime) -> dict[str, Any]:
    said = finding.rule.said
    return {
        "uid": finding.id,
        "title": said.title,
        "desc": said.description,
        "types": [said.name],
        "created_time": _milliseconds(made),
        "first_seen_time": _milliseconds(finding.time),
        "last_seen_time": _milliseconds(finding.last_time),
        "analytic": {"type_id": RULE, "type": "Rule", "name": said.name, "uid": said.id},
        "attacks": list(_attacks(said)),
        "related_events": [{"uid": one} for one in finding.event_ids],
    }


def _attacks(said: Said) -> Iterator[dict[str, Any]]:
    """Yield tactics and techniques: together where there is no doubt which belong together."""
    tactics = [_tactic(one) for one in said.tactics if one in TACTICS]
    tags = [one.removeprefix("attack.").upper() for one in said.tags if one.startswith("attack.t")]
    techniques = [one for one in tags if one[1:5].isdigit()]
    together = tactics[0] if len(tactics) == 1 else None
    for one in techniques:
        parent, _, sub = one.partition(".")
        yield {"tactic": together, "technique": {"uid": parent},
               "sub_technique": {"uid": one} if sub else None, "version": ATTACK}  # fmt: skip
    if not techniques or together is None:
        yield from ({"tactic": one, "version": ATTACK} for one in tactics)


def _tactic(name: str) -> dict[str, str]:
    uid, caption = TACTICS[name]
    return {"uid": uid, "name": caption}


def _evidence(finding: Finding) -> dict[str, Any]:
    error = {"error": finding.error} if finding.error else None
    user = {"uid": finding.actor, "credential_uid": finding.session} if finding.actor else None
    return {
        "uid": finding.event_ids[0] if finding.event_ids else None,
        "api": {"operation": finding.event_name, "service": {"name": finding.event_source},
                "response": error} if finding.event_name else None,
        "actor": {"user": user} if user else None,
        "src_endpoint": _endpoint(finding.address),
        "data": {"event_ids": list(finding.event_ids), "source_key": finding.source_key},
    }  # fmt: skip


def _endpoint(address: str | None) -> dict[str, str] | None:
    """Return where a call came from: an address, or the name of an AWS service."""
    if not address:
        return None
    try:
        return {"ip": str(ip_address(address))}
    except ValueError:
        return {"svc_name": address}


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)


def _stripped(value: Any) -> Any:
    """Return data without what is not known, and what is empty for want of it."""
    if isinstance(value, Mapping):
        inside = {key: _stripped(one) for key, one in value.items()}
        return {key: one for key, one in inside.items() if one not in (None, {}, [], "")}
    return [_stripped(one) for one in value] if isinstance(value, list) else value
