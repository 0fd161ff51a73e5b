"""Pages of docs/ that are made from the addon itself."""

import subprocess

from . import database, odoo, paths
from .console import Stop, say, step

PAGE = paths.REPO / "docs" / "profile-points.md"


def update() -> None:
    if trouble := _run():
        raise Stop(trouble)
    say(f"{PAGE.relative_to(paths.REPO)} is written.")


def check() -> str:
    """What is not up to date; empty if nothing."""
    return _run("--check")


def check_or_stop() -> None:
    with step("Pages that are made from the addon"):
        found = check()
    if found:
        raise Stop(found)


def _run(*options: str) -> str:
    name = database.unused_name("docs")
    database.create(name, database.Recipe())
    try:
        done = subprocess.run(
            odoo.inside("profile_points", name, PAGE, *options),
            env=odoo.environment(),
            capture_output=True,
            text=True,
        )
    finally:
        database.drop(name)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()
