"""Linters, core's own lint tests and the translations: nothing to find.

They run in the background, on the second core, while the other tests run.
"""

import pytest

from .conftest import CHECKS


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_to_find(check, checked):
    found = checked(check)
    assert not found, f"{check} is not content:\n{found}"
