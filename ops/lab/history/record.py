"""CloudTrail records: from what was called, by whom and when, to JSON text.

An `Act` is an API call as data, with `<slots>` where every call differs. It is
turned into text once and only filled in afterwards, which is what makes
millions of records affordable. `Caller` is what all records of one session have
in common.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ops.lab.history.dice import Dice
from ops.lab.history.slots import MAKERS

Json = Any
_SLOT = re.compile(r'"<#(\w+)>"|<(\w+)>')
"""`"<#name>"` is replaced with its quotes: a number or a whole JSON value."""


@dataclass(frozen=True, eq=False)
class Act:
    """An API call, or whatever else CloudTrail records, as it is usually made."""

    source: str
    """The service's first label: `s3` for s3.amazonaws.com."""
    name: str
    params: Json = None
    answer: Json = None
    read: bool = True
    extra: Json = None
    """additionalEventData."""
    resources: tuple[tuple[str, str], ...] = ()
    """Types and ARNs; ARNs hold slots."""
    data: bool = False
    """Whether it is a data event."""
    refused: tuple[str, str] | None = None
    """Error code and message of the calls that fail."""
    more: Mapping[str, Json] = field(default_factory=dict)
    """Fields of the record that are not as usual; None leaves a field out."""

    def failing(self, code: str, message: str) -> "Act":
        """Return the same call, always refused."""
        return Act(
            self.source, self.name, self.params, None, self.read, self.extra,
            self.resources, self.data, (code, message), self.more,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """The text of an act's record, to be filled in."""

    text: str
    """A %-format over the slots."""
    makers: tuple[tuple[str, Any], ...]
    """The slots that differ from call to call, and what makes them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What every record of one session has in common: the values of fixed slots."""

    slots: Mapping[str, str]
    principal: str
    """The ARN of whoever calls, or the service's name."""
    key: str | None = None
    """The access key id."""


def fill(act: Act, caller: Caller, moment: str, dice: Dice, **given: str) -> str:
    """Return the JSON text of one record; `given` sets slots instead of chance."""
    form = formed(act)
    values = dict(caller.slots)
    for name, maker in form.makers:
        values[name] = maker(dice)
    values["time"] = moment
    if given:
        values |= given
    return form.text % values


@lru_cache(maxsize=4096)
def formed(act: Act) -> Form:
    """Return an act's text with its slots made ready; the same act is done once."""
    text = json.dumps(_record(act), separators=(",", ":"), ensure_ascii=False)
    text = _SLOT.sub(lambda found: f"%({found[1] or found[2]})s", text.replace("%", "%%"))
    found = dict.fromkeys(re.findall(r"(?<!%)%\((\w+)\)s", text))
    return Form(text, tuple((name, MAKERS[name]) for name in found if name in MAKERS))


def _record(act: Act) -> dict[str, Json]:
    host = f"{act.source}.amazonaws.com"
    code, message = act.refused or (None, None)
    fields = {
        "eventVersion": "<version>",
        "userIdentity": "<#user>",
        "eventTime": "<time>",
        "eventSource": host,
        "eventName": act.name,
        "awsRegion": "<region>",
        "sourceIPAddress": "<address>",
        "userAgent": "<agent>",
        "errorCode": code,
        "errorMessage": message,
        "requestParameters": act.params,
        "responseElements": None if act.refused else act.answer,
        "additionalEventData": act.extra,
        "requestID": "<request>",
        "eventID": "<event>",
        "readOnly": act.read,
        "resources": [_resource(*one) for one in act.resources] or None,
        "eventType": "AwsApiCall",
        "managementEvent": not act.data,
        "recipientAccountId": "<account>",
        "eventCategory": "Data" if act.data else "Management",
        "tlsDetails": {
            "tlsVersion": "<tls>",
            "cipherSuite": "<cipher>",
            "clientProvidedHostHeader": f"{act.source}.<region>.amazonaws.com",
        },
        **act.more,
    }
    return {name: value for name, value in fields.items() if value is not None or name in _ALWAYS}


_ALWAYS = {"requestParameters", "responseElements"}
"""Fields that are there with null."""


def _resource(kind: str, arn: str) -> dict[str, str]:
    return {"accountId": "<account>", "type": kind, "ARN": arn}
