"""Odoo's own runner over our addons: it takes long, so it runs in the background."""

from dataclasses import dataclass
from pathlib import Path

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
        return _run_tests(name, list(names()), f"odoo-{which}.log")
    finally:
        database.drop(name)


def _run_tests(name: str, installed: list[str], log: str) -> Run:
    path = paths.LOGS / log
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
