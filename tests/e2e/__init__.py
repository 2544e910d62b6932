import pytest

pytest.register_assert_rewrite("tests.e2e.read_back")
