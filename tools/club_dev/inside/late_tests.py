"""Odoo's command line where tests "at install" run after it: ARGUMENTS of Odoo.

Most of stock's own tests are for the moment when their module is installed, which is
before ours is there. Run on a finished database they see ours as well; so does stock's
side of a comparison, which is run in the same way. See docs/stock-suites.md.
"""

import unittest

from odoo.cli.command import main
from odoo.tests import loader

make_suite = loader.make_suite


def make_late_suite(module_names, position="at_install"):
    """Nothing while modules load, then the tests of both moments."""
    if position == "at_install":
        return unittest.TestSuite()
    suites = [make_suite(module_names, moment) for moment in ("at_install", position)]
    return loader.OdooSuite([test for suite in suites for test in suite])


if __name__ == "__main__":
    loader.make_suite = make_late_suite
    main()
