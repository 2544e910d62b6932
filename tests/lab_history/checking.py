"""Checks an archive by the published format alone: nothing of ops is used here."""

import base64
import functools
import hashlib
import json
import re
import zlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

_MOST = 1 << 25
"""Bytes that a log may unfold to before it is taken for a bomb."""


def public_keys(published):
    """Return {fingerprint: (key, region, validity)} of {REGION: ListPublicKeys output}."""
    found = {}
    for region, answer in published.items():
        for one in answer["PublicKeyList"]:
            der = base64.b64decode(one["Value"])
            assert hashlib.md5(der).hexdigest() == one["Fingerprint"]
            validity = (one["ValidityStartTime"], one["ValidityEndTime"])
            found[one["Fingerprint"]] = (load_der_public_key(der), region, validity)
    return found


def signed(digest, key, content, metadata, keys):
    """Whether a digest's signature is right, by the right region's valid key."""
    if metadata.get("signature-algorithm") != "SHA256withRSA":
        return False
    if digest["digestPublicKeyFingerprint"] not in keys:
        return False
    public, region, (since, until) = keys[digest["digestPublicKeyFingerprint"]]
    moment = metadata.get("backfill-generation-timestamp", digest["digestEndTime"])
    previous = digest["previousDigestSignature"] or "null"
    text = (
        f"{digest['digestEndTime']}\n{digest['digestS3Bucket']}/{key}\n"
        f"{hashlib.sha256(content).hexdigest()}\n{previous}"
    )
    try:
        public.verify(
            bytes.fromhex(metadata["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        return False
    return f"/{region}/" in key and since <= moment < until


class Archive:
    """A directory's digests, logs and metadata, read plainly."""

    def __init__(self, path):
        self.path = path
        self.keys = public_keys(json.loads((path / "keys.json").read_text()))
        lines = (path / "metadata.jsonl").read_text().splitlines()
        self.metadata = {row["key"]: row["metadata"] for row in map(json.loads, lines)}
        self.files = {one.relative_to(path).as_posix() for one in path.rglob("*.gz")}
        self.digests = sorted(one for one in self.files if "/CloudTrail-Digest/" in one)
        self.logs = sorted(one for one in self.files if "/CloudTrail/" in one)

    def content(self, key):
        """Return a file's content; raise ValueError unless it is one whole gzip member."""
        member = zlib.decompressobj(wbits=31)
        try:
            content = member.decompress((self.path / key).read_bytes(), _MOST)
        except zlib.error as error:
            raise ValueError(key) from error
        if not member.eof or member.unused_data:
            raise ValueError(key)
        return content

    def digest(self, key):
        return json.loads(self.content(key))

    def records(self, family="CloudTrail"):
        for key in sorted(one for one in self.files if f"/{family}/" in one):
            yield from json.loads(self.content(key).decode("utf-8", "replace"))["Records"]

    @functools.cached_property
    def heads(self):
        """The minute of each chain's newest digest, by account folder and region."""
        found = {}
        for key in self.digests:
            stamp = re.search(r"_(\d{8}T\d{4})\d\dZ", key)[1]
            place = (
                key.split("/CloudTrail-Digest/")[0],
                key.split("/CloudTrail-Digest/")[1].split("/")[0],
            )
            found[place] = max(found.get(place, ""), stamp)
        return found

    def chains(self):
        """Return {(account, region, backfill): digests, oldest first}."""
        found = {}
        for key in self.digests:
            account, region = re.search(r"/(\d{12})/CloudTrail-Digest/([^/]+)/", key).groups()
            found.setdefault((account, region, key.endswith("_backfill.json.gz")), []).append(key)
        return found

    def faults(self):
        """Return everything wrong with the archive, in words."""
        wrong, named = [], {}
        for keys in self.chains().values():
            wrong += self._chain_faults(keys, named)
        for key, entry in named.items():
            wrong += self._log_faults(key, entry)
        for key in set(self.logs) - set(named):
            name = re.fullmatch(
                r".*/\d{12}_CloudTrail_([^_/]+)_(\d{8}T\d{4})Z_\w{16}\.json\.gz", key
            )
            if name and name[2] < self.heads[key.split("/CloudTrail/")[0], name[1]]:
                wrong.append(f"unreferenced {key}")
        return wrong

    def _chain_faults(self, keys, named):
        before = None
        for key in keys:
            try:
                content = self.content(key)
                digest = json.loads(content)
            except ValueError:
                yield f"unreadable {key}"
                before = None
                continue
            if digest["digestS3Object"] != key:
                yield f"moved {key}"
            if not signed(digest, key, content, self.metadata.get(key, {}), self.keys):
                yield f"signature {key}"
            if digest["previousDigestS3Object"] != before:
                yield f"link {key}"
            elif before and digest["previousDigestSignature"] != self.metadata.get(before, {}).get(
                "signature"
            ):
                yield f"linked signature {key}"
            elif (
                before
                and hashlib.sha256(self.content(before)).hexdigest()
                != digest["previousDigestHashValue"]
            ):
                yield f"linked hash {key}"
            named |= {one["s3Object"]: one for one in digest["logFiles"]}
            before = key

    def _log_faults(self, key, entry):
        if key not in self.files:
            yield f"missing {key}"
            return
        try:
            content = self.content(key)
        except ValueError:
            yield f"unreadable {key}"
            return
        if hashlib.sha256(content).hexdigest() != entry["hashValue"]:
            yield f"hash {key}"
