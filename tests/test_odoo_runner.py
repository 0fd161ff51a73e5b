"""The gate: the addons' own tests, installed and run by Odoo's own runner.

Only here are the addons really installed with tests on, do at-install tests run at
install and are Odoo's warnings seen. Each of the addons' tests is reported as a
subtest of the one below. The runs go on in the background while other tests run.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from club_dev import runner_log

from .runner import RUNS, Run


@pytest.mark.parametrize("check", [f"runner:{which}" for which in RUNS])
def test_odoos_own_runner(check, checked, subtests):
    """``addons``: on stock Odoo, with their own dependencies and nothing else.

    ``tours``: the whole way in a browser; needs a payment provider, hence another
    addon.
    """
    assert_green(checked(check), subtests)


def assert_green(run: Run, subtests):
    """All green, nothing skipped, and nothing in the log that Odoo warns of."""
    report = runner_log.read(run.log.read_text(errors="replace"))
    failures = report.failures
    for name in report.names:
        with subtests.test(name):
            short = name.rpartition("::")[2]
            assert short not in failures, failures[short]
    assert not failures, "\n".join(f"{k}:\n{v}" for k, v in failures.items())
    assert report.total, f"No test ran (exit code {run.code}):\n{run.tail()}"
    assert run.code == 0, f"Odoo's exit code is {run.code}:\n{run.tail()}"
    assert not report.skipped, f"Skipped, so not tested: {report.skipped}"
    assert_clean_log(run.log)


def assert_clean_log(log: Path):
    done = subprocess.run(
        [sys.executable, "-m", "checklog_odoo", log], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
