# Odoo finds the names that begin with "test_" in this package, and no deeper.
from .membership import (
    test_bad_input,
    test_ending,
    test_level,
    test_merge,
    test_paying,
    test_period,
    test_selling,
)
