"""Run core's own lint tests (its addon ``test_lint``) on our addons: DATABASE ADDON...

As they stand those tests walk through all six hundred stock addons; here they see
ours alone. What looks at the registry sees our models with the stock ones below.
"""

import contextlib
import sys
import unittest
from collections.abc import Iterator
from unittest import mock

from odoo.modules import Manifest
from odoo.tools import config

import odoo.addons

from club_dev.inside.odoo_env import odoo_env

# Left out, each for its reason.
NOT_FOR_US = {
    "TestESLint": "needs node's eslint; our few scripts run in the browser tests",
    "L10nLinter": "about addons called l10n_*",
    "TestI18n": "about translatable attributes of core's own components",
}


def main(database: str, *ours: str) -> int:
    with odoo_env(database, "--log-level=warn"):
        suite, loader = unittest.TestSuite(), unittest.TestLoader()
        for module in lint_modules():
            for case in loader.loadTestsFromModule(module):
                suite.addTests(test for test in case if is_for_us(test))
        manifests = [Manifest.for_addon(name) for name in ours]
        with seen_alone(manifests):
            result = unittest.TextTestRunner(verbosity=1).run(suite)
    if result.skipped:
        print("Skipped:", *(reason for _test, reason in result.skipped), sep="\n  ")
    return 0 if result.wasSuccessful() and not result.skipped else 1


def lint_modules() -> list:
    """The test modules of test_lint, but the tests of its checkers themselves."""
    from odoo.addons.test_lint import tests

    names = [name for name in vars(tests) if name.startswith("test_")]
    return [getattr(tests, name) for name in names if name != "test_checkers"]


def is_for_us(test: unittest.TestCase) -> bool:
    return type(test).__name__ not in NOT_FOR_US


@contextlib.contextmanager
def seen_alone(manifests: list[Manifest]) -> Iterator[None]:
    """Make the lint tests believe that there are no addons but ``manifests``."""
    from odoo.addons.test_lint.tests import test_docstring, test_pofile

    names = tuple(manifest.name for manifest in manifests)
    folders = [manifest.path for manifest in manifests]
    with contextlib.ExitStack() as stack:
        for target, attribute, value in (
            (Manifest, "all_addon_manifests", staticmethod(lambda: manifests)),
            (test_pofile, "get_modules", lambda: names),
            (test_docstring, "MODULES_TO_LINT", names),
            # Where pylint and the search for conflict markers begin.
            (config, "root_path", folders[0]),
            (odoo.addons, "__path__", folders),
            (odoo, "__path__", []),
        ):
            stack.enter_context(mock.patch.object(target, attribute, value))
        yield


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
