"""Facts about the bucket a trail delivers to.

Sources: Security Hub User Guide, CloudTrail.6 and CloudTrail.7; CIS AWS
Foundations Benchmark v5.0, 3.4; prowler 5.46.0, services/cloudtrail.
"""

from ops.deploy.check import buckets
from ops.deploy.check.estate import Estate, Resource
from ops.deploy.check.facts import Test, labels, listed, verdict
from ops.deploy.check.model import Fact, Judgement, Status
from ops.deploy.check.trails import TRAIL


def _bucket_fact(test: Test, *, good: str, bad: str, where: str) -> Fact:
    """Return the fact that the bucket of every trail passes a test.

    A bucket that exists already is not in the plan: `where` then says where a
    person finds the answer.
    """

    def fact(estate: Estate) -> Judgement:
        found = [(trail, estate.bucket_of(trail)) for trail in estate.of(TRAIL)]
        if not found:
            return Judgement(Status.NOT_APPLICABLE, "the landing zone has no trail")
        foreign = [trail for trail, bucket in found if bucket is None]
        if foreign:
            names = ", ".join(dict.fromkeys(str(one.value("s3_bucket_name")) for one in foreign))
            why = f"the bucket {names} is not in the plan; {where}"
            return Judgement(Status.MANUAL, why, labels(foreign))
        held = list(dict.fromkeys(bucket for _, bucket in found if bucket))
        failing = [bucket for bucket in held if not test(estate, bucket)]
        return verdict(failing, held, good=good, bad=bad)

    return fact


def _prowler_fact(fact: Fact) -> Fact:
    """Return how prowler answers: from the account that sees both the trail and its bucket.

    That is the bucket's account for an organisation trail, which every member
    sees; nobody sees both if an account outside delivers into the archive. The
    finding is about the trail.
    """

    def seen(estate: Estate) -> Judgement:
        trails = estate.of(TRAIL)
        itself = fact(estate)
        apart = [trail for trail in trails if _is_apart(estate, trail)]
        if not apart:
            about = f"{listed(trails)}: " if trails else ""
            return Judgement(itself.status, f"{about}{itself.reason}", labels(trails))
        return Judgement(
            Status.MANUAL,
            f"prowler sees trail and bucket together in no account: {listed(apart)}; "
            f"what the plan shows is {itself.status}: {itself.reason}",
            labels(apart),
        )

    return seen


def _is_apart(estate: Estate, trail: Resource) -> bool:
    bucket = estate.bucket_of(trail)
    if bucket is None:
        return True
    return bucket.account != trail.account and trail.value("is_organization_trail") is not True


LOGGED = _bucket_fact(
    buckets.is_logged,
    good="the trail's bucket logs its accesses",
    bad="the trail's bucket does not log its accesses",
    where="see its server access logging",
)
NOT_PUBLIC = _bucket_fact(
    buckets.not_public,
    good="the trail's bucket blocks public access and its policy names who may enter",
    bad="the trail's bucket is open to the public, or could be opened",
    where="see its policy and public access block",
)
PROWLER_LOGGED = _prowler_fact(LOGGED)
PROWLER_NOT_PUBLIC = _prowler_fact(
    _bucket_fact(
        buckets.no_public_acl(*buckets.READING),
        good="no ACL opens the trail's bucket",
        bad="an ACL opens the trail's bucket",
        where="see its ACL",
    )
)
PROWLER_MFA_DELETE = _prowler_fact(
    _bucket_fact(
        buckets.asks_for_mfa,
        good="the trail's bucket asks for MFA to delete",
        bad="the trail's bucket does not ask for MFA to delete",
        where="see its versioning",
    )
)


def mfa_delete_by_hand(estate: Estate) -> Judgement:
    """Return what CIS 2.1.2 comes to: a person must look, and mostly be content with Object Lock."""
    locked = [one for one in estate.of(buckets.BUCKET) if one.value("object_lock_enabled") is True]
    instead = f"; Object Lock stands in for it on {listed(locked)}" if locked else ""
    return Judgement(
        Status.MANUAL,
        "Terraform cannot set MFA Delete: the root user turns it on with `aws s3api "
        f"put-bucket-versioning --mfa`, and S3 refuses it beside a lifecycle{instead}",
        labels(estate.of(buckets.BUCKET)),
    )
