"""The gate: the addons' own tests, installed and run by Odoo's own runner.

Only here are the addons really installed with tests on, do at-install tests run at
install and are Odoo's warnings seen. Each of the addons' tests is reported as a
subtest of the one below.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from club_dev import addons, odoo, paths, runner_log, serve


def test_addons_in_odoos_own_runner(fresh_db, subtests):
    """Installed on stock Odoo, with their own dependencies and nothing else."""
    ours = list(addons.ours())
    check(run_tests(fresh_db(bare=True), ours, "odoo-tests.log"), subtests)


def test_tours_with_stock_payments(fresh_db, subtests):
    """The whole way in a browser; needs a payment provider, hence another addon."""
    database = fresh_db(install=("payment_demo",))
    check(run_tests(database, ["test_club_community"], "odoo-tours.log"), subtests)


@dataclass
class Run:
    """An Odoo that installed addons and ran their tests."""

    code: int
    log: Path

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def run_tests(database: str, names: list[str], log: str) -> Run:
    path = paths.LOGS / log
    process = odoo.start(
        *("server", "-d", database, "-i", ",".join(names), "--stop-after-init"),
        *("--test-tags", ",".join(f"/{name}" for name in names)),
        *(f"--http-port={serve.free_port()}", "--max-cron-threads=0"),
        log=path,
    )
    try:
        return Run(process.wait(timeout=3000), path)
    finally:
        process.kill()


def check(run: Run, subtests):
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
