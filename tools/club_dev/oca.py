"""OCA's ``membership`` for Odoo 19, which tests come from and benches measure beside.

It is downloaded into the cache and never a part of ours: several of its files are
AGPL. Only databases whose recipe says ``oca`` have it, and only processes that are
started with ``config()`` find it: elsewhere nothing knows of it.
"""

import hashlib
import os
import shutil
from pathlib import Path

from . import odoo, paths, python_env
from .console import run, step
from .locks import locked

LOCK_FILE = paths.REPO / "requirements" / "oca.txt"
FOLDER = paths.CACHE / "oca"
STAMP = FOLDER / "made-from"
CONFIG = paths.HOME / paths.of_this_clone("odoo-oca.conf")
MODULE = "membership"


def fingerprint() -> str:
    return hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()


def addons_folder() -> Path:
    """Folder with the addon; it is fetched, its hash checked, where it is not."""
    with locked("oca"):
        if not STAMP.exists() or STAMP.read_text() != fingerprint():
            fetch()
    return FOLDER / "odoo" / "addons"


def fetch() -> None:
    making = FOLDER.with_suffix(".new")
    shutil.rmtree(making, ignore_errors=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    # Without what it depends on: Odoo itself comes another way.
    command = [python_env.PYTHON, "-m", "pip", "install", "--no-deps", "--no-compile"]
    command += ["--disable-pip-version-check", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", making, "-r", LOCK_FILE]
    with step("OCA's membership, for tests and benches alone"):
        run(
            command,
            log=paths.LOGS / "pip-oca.log",
            env={**os.environ, "PIP_NO_INPUT": "1"},
            otherwise="OCA's membership could not be fetched.",
        )
    (making / STAMP.name).write_text(fingerprint())
    making.rename(FOLDER)


def config() -> Path:
    """Odoo's configuration file with OCA's addon on its path."""
    odoo.write_config(CONFIG, [addons_folder()])
    return CONFIG
