"""What a judge says, whoever it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ops.deploy.check.estate import Estate
from ops.deploy.check.model import Framework


class Said(StrEnum):
    """A judge's word about one resource."""

    PASS = "PASS"
    FAIL = "FAIL"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of a judge."""

    framework: Framework
    check: str
    said: Said
    account: str
    resource: str
    """STACK:ADDRESS if the landing zone holds it, else the judge's own name for it."""
    is_ours: bool
    text: str

    @property
    def name(self) -> str:
        """FRAMEWORK:CONTROL, as the config's `accepted` names it."""
        return f"{self.framework}:{self.check}"


def verdict(findings: Iterable[Finding]) -> Said | None:
    """Return what findings of one check come to; None if there are none.

    An organisation is judged as a whole: what one account cannot see of a
    resource, another may.
    """
    by_resource: dict[str, set[Said]] = {}
    for one in findings:
        by_resource.setdefault(one.resource, set()).add(one.said)
    words = {_strongest(said) for said in by_resource.values()}
    order = (Said.FAIL, Said.MANUAL, Said.PASS)
    return next((word for word in order if word in words), None)


def _strongest(said: set[Said]) -> Said:
    return next(word for word in (Said.FAIL, Said.PASS, Said.MANUAL) if word in said)


class Names:
    """Which resource of the landing zone an ARN or a name means."""

    def __init__(self, estate: Estate) -> None:
        self._known: dict[str, str] = {}
        for one in estate.resources:
            for key in ("arn", "id", "bucket"):
                value = one.values.get(key)
                # Settings of a bucket carry its name; the bucket itself comes first.
                if isinstance(value, str) and value:
                    self._known.setdefault(value.removesuffix(":*"), one.label)
        for bucket in estate.of("aws_s3_bucket"):
            self._known[str(bucket.value("bucket"))] = bucket.label

    def label(self, *names: str) -> str | None:
        """Return STACK:ADDRESS of the first name that is known; None for a stranger."""
        found = (self._known.get(name.removesuffix(":*")) for name in names)
        return next((one for one in found if one), None)
