"""Every kind of finding, with what it means and what to do: the reference page's table."""

from datetime import datetime

from ops.integrity.finding import Cause, Finding, Kind, Verdict, Weight
from ops.integrity.span import Span

_PROOF = "get the object back from a copy or an older version; find out who wrote it and when"
_READ = "repeat the run; what could not be read is unknown, not tampered with"
_INVALID, _MISSING, _GAP = Verdict.INVALID, Verdict.MISSING, Verdict.GAP
_UNVERIFIABLE, _ERROR = Verdict.UNVERIFIABLE, Verdict.ERROR
_FAIL, _INCOMPLETE, _NONE = Weight.FAIL, Weight.INCOMPLETE, Weight.NONE

_TABLE = (
    # A digest that contradicts signed bytes.
    Cause("signature-mismatch", _INVALID, _FAIL, "signature does not match",
          "The digest's bytes, place or signature are not what CloudTrail signed.", _PROOF),
    Cause("signature-malformed", _INVALID, _FAIL, "signature is not hexadecimal",
          "The metadata holds something that can be no RSA signature.", _PROOF),
    Cause("algorithm-unsupported", _INVALID, _FAIL, "signature algorithm is not SHA256withRSA",
          "CloudTrail signs with SHA256withRSA only; anything else was put there.", _PROOF),
    Cause("moved", _INVALID, _FAIL, "moved from where it was signed",
          "Bucket and key are part of what CloudTrail signs, and they differ.",
          "for a copy in another bucket, name the original bucket in the config (--config); "
          "keys must stay as they were"),
    Cause("account-differs", _INVALID, _FAIL, "account differs",
          "The signed account is not the one whose folder the digest lies in.", _PROOF),
    Cause("digest-format", _INVALID, _FAIL, "not a well-formed digest",
          "CloudTrail never writes such a file; the detail says what is wrong.", _PROOF),
    Cause("digest-damaged", _INVALID, _FAIL, "damaged file",
          "The digest is not exactly one gzip member within the size limit.", _PROOF),
    Cause("key-wrong-region", _INVALID, _FAIL, "key of another region",
          "The digest names a key that belongs to another region only.", _PROOF),
    Cause("key-outside-validity", _INVALID, _FAIL, "key not valid at that time",
          "The key that signed was not valid when the digest was made.",
          "treat the key as stolen until AWS explains it"),
    Cause("backfill-time-missing", _INVALID, _FAIL, "backfill without generation time",
          "A backfill digest's metadata must say when it was generated.", _PROOF),
    Cause("backfill-time-wrong", _INVALID, _FAIL, "backfill generated before its interval ended",
          "No digest can be made before the interval it reports on has ended.", _PROOF),
    Cause("link-hash", _INVALID, _FAIL, "not the digest its successor names",
          "The successor's signed hash is of other bytes: this digest was replaced.", _PROOF),
    Cause("link-signature", _INVALID, _FAIL, "not the signature its successor names",
          "The successor's signed bytes name another signature for this digest.", _PROOF),
    Cause("link-order", _INVALID, _FAIL, "names a predecessor that is not older",
          "A chain runs back in time; this link runs forward or in a circle.", _PROOF),
    Cause("continuity", _INVALID, _FAIL, "linked digests leave a hole",
          "A digest must start where its linked predecessor ended, by signed times.", _PROOF),
    Cause("rewritten", _INVALID, _FAIL, "differs from what was verified before",
          "An earlier run verified other bytes at this key.", _PROOF),
    Cause("metadata-tampered", _INVALID, _FAIL, "metadata is wrong, content is proven",
          "The signature in the metadata is wrong, but the successor proves the digest.",
          "find out who changed the object's metadata"),
    Cause("bundle-altered", _INVALID, _FAIL, "bundle was altered",
          "A file of the bundle differs from the bundle's own list of hashes.",
          "get the bundle again from whoever made it"),
    # A digest that is gone.
    Cause("digest-missing", _MISSING, _FAIL, "digests are gone",
          "Signed bytes name a digest that is not there.",
          "look for older versions, delete markers and lifecycle rules; "
          "ask who may delete in the bucket"),
    Cause("digest-recoverable", _MISSING, _FAIL, "digests are gone, versions survive",
          "They were deleted in a bucket that keeps versions, and the versions that survive are "
          "the ones that signed bytes name.",
          "get the versions: aws s3api get-object --version-id …"),
    Cause("digest-vanished", _MISSING, _FAIL, "digest vanished during the run",
          "It was listed, then it was not there.", "repeat the run; ask who is deleting"),
    Cause("checkpoint-older", _MISSING, _FAIL, "digests verified before are gone",
          "An earlier run verified digests that no longer exist.", _PROOF),
    Cause("chain-missing", _MISSING, _FAIL, "expected chain is not there",
          "The config or a checkpoint expects digests of this account and region.",
          "check that the trail covers the region; if it does, digests were deleted"),
    # A digest that cannot be judged.
    Cause("signature-absent", _UNVERIFIABLE, _INCOMPLETE, "no signature",
          "The object has no signature in its metadata, and no successor proves it.",
          "copies often lose metadata: add metadata.jsonl, or verify the bucket itself"),
    Cause("key-unknown", _UNVERIFIABLE, _INCOMPLETE, "public key unknown",
          "None of the keys at hand has the fingerprint the digest names.",
          "get the keys of its region and time: aws cloudtrail list-public-keys, then --keys"),
    Cause("digest-archived", _UNVERIFIABLE, _INCOMPLETE, "digest in an archived storage class",
          "It must be restored before it can be read.",
          "aws s3api restore-object, then repeat the run"),
    Cause("digest-denied", _UNVERIFIABLE, _INCOMPLETE, "digest may not be read",
          "Access was denied.", "the reader needs s3:GetObject and kms:Decrypt"),
    Cause("digest-too-large", _UNVERIFIABLE, _INCOMPLETE, "digest too large to read",
          "The object is far larger than any digest.", "look at the object by hand"),
    Cause("digest-unread", _ERROR, _INCOMPLETE, "digest could not be read",
          "The storage failed to answer.", _READ),
    Cause("link-algorithm", _UNVERIFIABLE, _INCOMPLETE, "link uses an unknown hash",
          "The predecessor's hash is not SHA-256, so the link cannot be checked.",
          "use a newer version of this tool"),
    Cause("fork", _UNVERIFIABLE, _INCOMPLETE, "two digests name the same predecessor",
          "Both are signed; a chain has one successor at each place.",
          "compare both with the trail's history; AWS support can say which is right"),
    # Stretches of time.
    Cause("gap", _GAP, _FAIL, "no digests, and nothing explains it",
          "The chain stopped and began anew; no event shows why. Deleting the end of a chain "
          "after StopLogging and StartLogging looks exactly like this.",
          "search the event history for StopLogging, DeleteTrail and UpdateTrail; if the trail "
          "delivered to another bucket or prefix meanwhile, verify that one, too"),
    Cause("gap-explained", _GAP, _INCOMPLETE, "no digests, explained by events",
          "Verified log files show why; what happened in between was not recorded.",
          "decide whether that pause was intended"),
    Cause("restart", _GAP, _INCOMPLETE, "restart that nothing explains",
          "The chain began anew where it ended: no time is lost, the link is.",
          "search the event history for StopLogging, StartLogging and UpdateTrail"),
    Cause("restart-explained", _GAP, _NONE, "restart, explained by events",
          "The chain began anew where it ended, and verified log files show why.",
          "nothing"),
    Cause("head-stale", _GAP, _FAIL, "head stale",
          "The newest digest is too old: digests are made every hour. Deleting the newest "
          "ones leaves no other trace.",
          "check GetTrailStatus (LatestDigestDeliveryTime, LatestDigestDeliveryError)"),
    Cause("chain-ended", _GAP, _INCOMPLETE, "chain ended, explained",
          "The chain stops inside the range, and the reason is known.",
          "decide whether that end was intended"),
    Cause("starts-late", _UNVERIFIABLE, _INCOMPLETE, "first digest is later than asked for",
          "Nothing proves the time before the chain's first digest.",
          "ask for a later --since, or set trail.logging_since in the config; if the trail "
          "delivered to another bucket or prefix before, verify that one, too"),
    Cause("older-part-gone", _UNVERIFIABLE, _INCOMPLETE, "first digest has a predecessor that "
          "is not there",
          "The chain is older than the archive; lifecycle rules and deletion look alike.",
          "say from when on to verify: --since"),
    Cause("uncovered-logs", _UNVERIFIABLE, _INCOMPLETE, "log files outside proven hours",
          "No proven digest covers the time they were delivered.",
          "nothing proves or disproves them; see the other findings of the chain"),
    Cause("absence-unknown", _UNVERIFIABLE, _INCOMPLETE, "cannot tell whether digests are missing",
          "A folder that may hold them could not be listed.", _READ),
    Cause("nothing-found", _UNVERIFIABLE, _INCOMPLETE, "nothing to verify",
          "No digests were found, which proves nothing.",
          "check the source, its prefix and the filters; --allow-empty if empty is right"),
    Cause("listing-failed", _ERROR, _INCOMPLETE, "could not be listed",
          "The storage failed to list a folder.", _READ),
    Cause("listing-denied", _UNVERIFIABLE, _INCOMPLETE, "may not be listed",
          "Access to the listing was denied.", "the reader needs s3:ListBucket"),
    Cause("elsewhere", _UNVERIFIABLE, _INCOMPLETE, "lies where this run could not look",
          "The chain leads to another bucket, or to a prefix beside the one that was named.",
          "verify with access to that bucket, or name the bucket without the prefix"),
    Cause("corroboration-failed", _ERROR, _INCOMPLETE, "events could not be read",
          "Log files that might explain a gap could not be read.", _READ),
    # Log files.
    Cause("log-hash", _INVALID, _FAIL, "content changed",
          "The log's SHA-256 is not the one its digest signed.", _PROOF),
    Cause("log-damaged", _INVALID, _FAIL, "damaged log file",
          "The log is not exactly one gzip member within the size limit.", _PROOF),
    Cause("log-conflict", _INVALID, _FAIL, "two digests sign different content",
          "Two signed digests name different hashes for one log file.", _PROOF),
    Cause("log-missing", _MISSING, _FAIL, "log file is gone",
          "A signed digest names it, and it is not there.",
          "look for copies; ask who may delete in the bucket"),
    Cause("log-recoverable", _MISSING, _FAIL, "log file is gone, a version survives",
          "It was deleted in a bucket that keeps versions, and the version that survives is the "
          "one its digest signed.",
          "get the version: aws s3api get-object --version-id …"),
    Cause("log-archived", _UNVERIFIABLE, _INCOMPLETE, "log file in an archived storage class",
          "It must be restored before it can be read.",
          "aws s3api restore-object, then repeat the run"),
    Cause("log-denied", _UNVERIFIABLE, _INCOMPLETE, "log file may not be read",
          "Access was denied.", "the reader needs s3:GetObject and kms:Decrypt"),
    Cause("log-cannot-tell", _UNVERIFIABLE, _INCOMPLETE, "cannot tell missing from denied",
          "Without s3:ListBucket the storage answers 403 for both.",
          "give the reader s3:ListBucket"),
    Cause("log-algorithm", _UNVERIFIABLE, _INCOMPLETE, "unknown hash algorithm",
          "The digest names a hash algorithm other than SHA-256.",
          "use a newer version of this tool"),
    Cause("log-too-large", _UNVERIFIABLE, _INCOMPLETE, "log file too large to read",
          "The object is far larger than any log file.", "look at the object by hand"),
    Cause("log-unread", _ERROR, _INCOMPLETE, "log file could not be read",
          "The storage failed to answer.", _READ),
    Cause("unreferenced", Verdict.UNREFERENCED, _FAIL, "no digest names it",
          "It lies in an hour whose digests are all proven, and none names it, or its name says "
          "another day than its folder, or a day to come: it was put there, or a backfill "
          "digest will name it later.",
          "keep readers away from it; verify again tomorrow, then look who wrote it"),
    Cause("foreign", Verdict.UNREFERENCED, _FAIL, "not a CloudTrail file",
          "A JSON file among the log files that CloudTrail cannot have named so.",
          "keep readers away from it; look who wrote it"),
)  # fmt: skip

CAUSES: dict[str, Cause] = {cause.code: cause for cause in _TABLE}
"""Every kind of finding by its code."""
UNLISTED = frozenset({"listing-failed", "listing-denied"})
"""What is said of a folder that could not be listed."""


def finding(
    code: str,
    kind: Kind,
    *,
    account: str | None = None,
    region: str | None = None,
    bucket: str | None = None,
    key: str | None = None,
    span: Span | None = None,
    detail: str = "",
    hint: str = "",
    proof: str = "",
) -> Finding:
    """Make a finding of a cause; `detail` and `hint` say what is particular here."""
    cause = CAUSES[code]
    start: datetime | None = span.start if span else None
    end: datetime | None = span.end if span else None
    return Finding(
        cause=code,
        verdict=cause.verdict,
        kind=kind,
        bucket=bucket,
        key=key,
        account=account,
        region=region,
        start=start,
        end=end,
        reason=f"{cause.phrase}: {detail}" if detail else cause.phrase,
        hint=hint or cause.advice,
        proof=proof,
    )


def more(code: str, account: str, region: str, count: int) -> Finding:
    """Make the finding that stands for those of a cause that a report leaves out."""
    return finding(
        code,
        Kind.CHAIN,
        account=account,
        region=region,
        detail=f"{count} more, not listed here",
        hint=f"see all of them: --account {account} --region {region}, or a shorter time",
    )
