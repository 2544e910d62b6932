"""The least a landing zone can be, deployed."""

from tests.e2e.read_back import *  # noqa: F403 (the tests are the same for each landing zone)

VARIANT = "minimal"
