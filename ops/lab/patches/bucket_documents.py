"""A bucket's lifecycle, logging and notifications are given back as they were put.

The emulator takes these documents apart and leaves out what it has no use for
(key formats of access logs, EventBridge, the smallest size to transition), so
that Terraform wants to set it at every plan, or waits for it in vain.

Source: S3 API Reference, "GetBucketLifecycleConfiguration",
"GetBucketLogging", "GetBucketNotificationConfiguration".
"""

from dataclasses import dataclass
from typing import Any

from flask import request
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from ops.lab.graft import graft

SMALLEST_SIZE = "x-amz-transition-default-minimum-object-size"
_DEFAULT_SIZE = "all_storage_classes_128K"


@dataclass(frozen=True, slots=True)
class Kind:
    """One such document: the emulator's methods that take it and give it back."""

    put: str
    get: str
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that belong to it, with what AWS answers if none was put."""


KINDS = (
    Kind("put_bucket_lifecycle", "get_bucket_lifecycle", ((SMALLEST_SIZE, _DEFAULT_SIZE),)),
    Kind("put_bucket_logging", "get_bucket_logging"),
    Kind("put_bucket_notification_configuration", "get_bucket_notification"),
)


def apply() -> None:
    """Keep each document beside what the emulator makes of it."""
    for kind in KINDS:
        _keep(kind)
        _give_back(kind)


def _documents(bucket: FakeBucket) -> dict[str, tuple[bytes, dict[str, str]]]:
    found: dict[str, tuple[bytes, dict[str, str]]] = bucket.__dict__.setdefault("documents", {})
    return found


def _keep(kind: Kind) -> None:
    def put(self: S3Backend, bucket_name: str, content: Any) -> None:
        original(self, bucket_name, content)
        headers = {name: request.headers.get(name, default) for name, default in kind.headers}
        _documents(self.get_bucket(bucket_name))[kind.get] = (request.get_data(), headers)

    original = graft(S3Backend, kind.put, put)


def _give_back(kind: Kind) -> None:
    def get(self: S3Response) -> Any:
        answer = original(self)  # raises if there is no such bucket or document
        documents = _documents(self.backend.get_bucket(self.bucket_name))
        if kind.get not in documents:
            return answer
        document, headers = documents[kind.get]
        status, original_headers, _ = answer
        return status, {**original_headers, **headers}, document

    original = graft(S3Response, kind.get, get)
