"""What of the analytics must fit together, and with the rest of the landing zone.

Each check reads a few sections and yields what does not fit; `ops.config.coherence`
runs them with its own.
"""

from collections.abc import Callable, Iterator

from ops.config import bucket_names
from ops.config.forms import BUCKET_FORM
from ops.config.landing_zone import LandingZone
from ops.config.problem import Problem, foreign, twice


def analysts(zone: LandingZone) -> Iterator[Problem]:
    """Somebody may ask, and everybody who may is of the partition and named once."""
    place, named = ("analytics", "analysts"), zone.analytics.analysts
    if zone.analytics.enabled and not named:
        words = "must hold at least 1 with analytics.enabled: nobody else can read the archive"
        yield Problem(place, words, named)
    yield from foreign(place, named, zone.partition)
    yield from twice(place, named)


def results(zone: LandingZone) -> Iterator[Problem]:
    """The buckets for results and their access logs have names that S3 takes."""
    made = bucket_names.results(zone)  # the other is longer by letters only
    if zone.analytics.enabled and not BUCKET_FORM.fits(made):
        words = f"makes a bucket {made!r}, which must be {BUCKET_FORM.words}"
        yield Problem(("name",), words, zone.name)


def store(zone: LandingZone) -> Iterator[Problem]:
    """The store lies in a bucket of its own, its key beside it."""
    location, key = zone.analytics.store, zone.analytics.store_key_arn
    if location is not None:
        bucket = location.removeprefix("s3://").split("/")[0]
        if bucket in (bucket_names.archive(zone), bucket_names.access_logs(zone)):
            words = "must not lie in the archive's bucket: its objects are locked"
            yield Problem(("analytics", "store"), words, location)
        if bucket == bucket_names.results(zone):
            words = "must not lie in the bucket for results: they expire"
            yield Problem(("analytics", "store"), words, location)
    if key is not None and location is None:
        yield Problem(("analytics", "store_key_arn"), "needs analytics.store", key)
    if key is not None:
        yield from foreign(("analytics", "store_key_arn"), [key], zone.partition, numbered=False)


CHECKS: tuple[Callable[[LandingZone], Iterator[Problem]], ...] = (analysts, results, store)
