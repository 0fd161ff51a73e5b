# Odoo finds the names that begin with "test_" in this package, and no deeper.
from . import test_module
from .membership import (
    test_bad_input,
    test_ending,
    test_level,
    test_merge,
    test_number,
    test_paying,
    test_period,
    test_portal_payment,
    test_selling,
)
from .portal import test_portal
from .security import test_rights
