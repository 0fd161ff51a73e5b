"""Odoo's own runner over our addons: it takes long, so it runs in the background."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from club_dev import addons, database, odoo, paths, serve

# What is installed, with its tests on, on a copy of which template.
RUNS = {
    "addons": (addons.ours, {"bare": True}),
    "tours": (lambda: ["test_club_community"], {"install": ("payment_demo",)}),
}


@dataclass
class Run:
    """An Odoo that installed addons and ran their tests."""

    code: int
    log: Path

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def run(which: str) -> Run:
    """One of ``RUNS``, in a database of its own."""
    names, recipe = RUNS[which]
    name = database.unused_name(which)
    database.create(name, database.Recipe(**recipe))
    try:
        return _run_tests(name, list(names()), _new_log(which))
    finally:
        database.drop(name)


def _new_log(which: str) -> Path:
    """A log of this run alone: two may run at once. Those of ended runs go."""
    for old in paths.LOGS.glob(f"odoo-{which}-*.log"):
        if not psutil.pid_exists(int(old.stem.rpartition("-")[2])):
            old.unlink(missing_ok=True)
    return paths.LOGS / f"odoo-{which}-{os.getpid()}.log"


def _run_tests(name: str, installed: list[str], path: Path) -> Run:
    process = odoo.start(
        *("server", "-d", name, "-i", ",".join(installed), "--stop-after-init"),
        *("--test-tags", ",".join(f"/{addon}" for addon in installed)),
        *(f"--http-port={serve.free_port()}", "--max-cron-threads=0"),
        log=path,
    )
    try:
        return Run(process.wait(timeout=4000), path)
    finally:
        process.kill()
