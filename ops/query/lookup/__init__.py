"""CloudTrail's event history, asked over many accounts and regions at once.

    question   what is asked: the time, and attributes, of which LookupEvents takes one
    event      an event as LookupEvents gives it, and as a row
    pages      a directory that keeps what came, and where to go on
    asking     every place by its own pace, side by side

The history holds management events of 90 days, and needs no trail and no archive.
"""

from ops.query.lookup.asking import Answer, Place, PlaceAnswer, ask
from ops.query.lookup.event import Event
from ops.query.lookup.pages import Pages
from ops.query.lookup.question import Question

__all__ = ["Answer", "Event", "Pages", "Place", "PlaceAnswer", "Question", "ask"]
