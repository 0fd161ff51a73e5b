"""The gate: the addons' own tests, installed and run by Odoo's own runner.

Only here are the addons really installed with tests on, do at-install tests run at
install and are Odoo's warnings seen. Each of the addons' tests is reported as a
subtest of the one below.
"""

import subprocess
import sys

from club_dev import addons, odoo, paths, runner_log, serve

LOG = paths.LOGS / "odoo-tests.log"


def test_addons_in_odoos_own_runner(fresh_db, subtests):
    ours = list(addons.ours())
    code = run_tests(fresh_db(bare=True), ours)
    report = runner_log.read(LOG.read_text(errors="replace"))
    for name in report.names:
        with subtests.test(name):
            assert name.rpartition("::")[2] not in report.failures, report.failures[
                name.rpartition("::")[2]
            ]
    assert not report.failures, "\n".join(
        f"{k}:\n{v}" for k, v in report.failures.items()
    )
    assert report.total, f"No test ran (Odoo's exit code {code}):\n{tail()}"
    assert code == 0, f"Odoo's exit code is {code}:\n{tail()}"
    assert not report.skipped, f"Skipped, so not tested: {report.skipped}"
    assert_clean_log()


def run_tests(database: str, ours: list[str]) -> int:
    process = odoo.start(
        *("server", "-d", database, "-i", ",".join(ours), "--stop-after-init"),
        *("--test-tags", ",".join(f"/{name}" for name in ours)),
        *(f"--http-port={serve.free_port()}", "--max-cron-threads=0"),
        log=LOG,
    )
    try:
        return process.wait(timeout=3000)
    finally:
        process.kill()


def assert_clean_log():
    """No warning, no error in the whole log: what Odoo says it means."""
    done = subprocess.run(
        [sys.executable, "-m", "checklog_odoo", LOG], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tail(lines: int = 40) -> str:
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-lines:])
