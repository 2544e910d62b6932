"""A CloudTrail that remembers: events by place, in pages, newest first, as LookupEvents answers."""

import json
import threading
from datetime import UTC, datetime, timedelta

from ops.errors import AwsError
from ops.query.lookup import Place, Question

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HERE, THERE = Place("111111111111", "eu-west-1"), Place("222222222222", "us-east-1")
PAGE = 50


def entry(number, *, minutes=0, seconds=0, name="StopLogging", source="cloudtrail", **more):
    """Return an event as boto3 gives it, so long before NOW."""
    time = NOW - timedelta(minutes=minutes, seconds=seconds)
    record = {
        "eventID": f"id-{number}",
        "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "eventName": name,
    }
    found = {
        "EventId": f"id-{number}",
        "EventName": name,
        "EventTime": time,
        "EventSource": f"{source}.amazonaws.com",
        "ReadOnly": "false",
        "CloudTrailEvent": json.dumps(record),
    }
    return {**found, **more}


def question(attributes=None, *, since=timedelta(days=90), until=timedelta(0)):
    return Question(NOW - since, NOW - until + timedelta(seconds=1), attributes or {})


class World:
    """Places and their events; counts what is asked, and may fail."""

    def __init__(self, events, *, broken=(), page=PAGE, stop_after=None):
        self.events = {place: sorted(found, key=lambda one: one["EventTime"], reverse=True)
                       for place, found in events.items()}  # fmt: skip
        self.broken, self.page, self.stop_after = set(broken), page, stop_after
        self.asked = []
        self._lock = threading.Lock()

    def request(self, place, since, until, attribute):
        if place in self.broken:
            raise AwsError(f"{place} was denied", hint="ask for the permission")
        fitting = [one for one in self.events.get(place, ())
                   if since <= one["EventTime"] <= until
                   and all(one.get(name) == value for name, value in attribute.items())]  # fmt: skip
        for first in range(0, max(len(fitting), 1), self.page):
            with self._lock:
                self.asked.append((place, since, until, dict(attribute)))
                if self.stop_after is not None and len(self.asked) > self.stop_after:
                    raise AwsError("the line is dead")
            yield fitting[first : first + self.page]


class Hurry:
    """Turns that take no time."""

    def turn(self):
        """Go at once."""
