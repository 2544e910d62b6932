"""A landing zone with everything on, deployed."""

import pytest

from tests.e2e import read_back
from tests.e2e.read_back import *  # noqa: F403 (the tests are the same for each landing zone)

VARIANT = "everything"


@pytest.mark.e2e  # `make test` destroys the least landing zone only: it takes minutes
def test_z_allowed_destruction_leaves_nothing_but_keys_pending_deletion(deployed, zone):
    read_back.test_z_allowed_destruction_leaves_nothing_but_keys_pending_deletion(deployed, zone)
