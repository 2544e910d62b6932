"""What the lanes do in these tests: module functions, because a process finds them by name."""

import hashlib
import os
import time

from ops.archive.model import Object


def digest(key, found):
    if isinstance(found, Object):
        return hashlib.sha256(found.body).hexdigest(), dict(found.metadata)
    return found


def where(key, found):
    return os.getpid()


def where_after_a_while(key, found):
    time.sleep(0.002)
    return os.getpid()


def slowly(key, found):
    time.sleep(0.02)
    return key


def fail_at_seven(key, found):
    if key.endswith("0007"):
        raise LookupError(key)
    return key


def die_at_seven(key, found):
    if key.endswith("0007"):
        os._exit(9)
    return key


def die_elsewhere(key, found):
    if os.getpid() != int(os.environ["TEST_PARENT"]):
        os._exit(9)
    time.sleep(0.001)
    return key


def size(key, found):
    return len(found.body) if isinstance(found, Object) else found


def together(results):
    """Make one result of those that travel together."""
    return [(results[0][0], [key for key, _ in results])]
