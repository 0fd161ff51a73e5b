"""Chromium, for the browser tests."""

import os
import shutil
import subprocess

from . import paths
from .console import Stop, run, step
from .locks import locked

# Where Odoo's test runner looks too.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure() -> str:
    """Return the path of a Chromium; install the system's where that is possible."""
    if found := find():
        return found
    become_root = _become_root()
    if become_root is None or not shutil.which("apt-get"):
        raise Stop(
            "The browser tests need Chromium and it is not installed: install your "
            "system's package (Debian: 'apt-get install chromium') and run again."
        )
    with locked("chromium"), step("Chromium, from the system's packages"):
        for action in (["update"], ["install", "-y", "--no-install-recommends"]):
            packages = ["chromium"] if "install" in action else []
            run(
                [*become_root, "apt-get", "-q", *action, *packages],
                log=paths.LOGS / f"chromium-{action[0]}.log",
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                otherwise="Chromium could not be installed from the system's "
                "packages; install it by hand and run again.",
            )
    if found := find():
        return found
    raise Stop("The package 'chromium' brought no Chromium; install one by hand.")


def find() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _become_root() -> list[str] | None:
    """The words before a command that make it root's, if we may say them."""
    if os.getuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True)
    return None if asked.returncode else ["sudo", "-n"]
