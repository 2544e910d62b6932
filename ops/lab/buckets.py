"""What the lab can do to a bucket and nobody could on AWS: forget what is in it."""

from moto.s3.models import FakeBucket, s3_backends


def forget(name: str) -> int:
    """Drop every version of every object in a bucket and return how many there were."""
    bucket = _bucket(name)
    if bucket is None:
        return 0
    versions = sum(len(bucket.keys.getlist(key)) for key in list(bucket.keys))
    bucket.keys.clear()
    return versions


def _bucket(name: str) -> FakeBucket | None:
    for account in list(s3_backends):
        for backend in s3_backends[account].values():
            if name in backend.buckets:
                return backend.buckets[name]
    return None
