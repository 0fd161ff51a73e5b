"""The virtual environment: exactly the lock file, checked by hash."""

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from . import paths
from .console import Stop, run, step
from .locks import locked

PYTHON = paths.VENV / "bin" / "python"
STAMP = paths.VENV / "made-from"

# Published as source only; all else must be a wheel, so that no compiler is needed.
SOURCE_ONLY = "docopt,ofxparse"
BUILD_LOCK = paths.REPO / "requirements" / "build.txt"


def ensure() -> Path:
    """Return the environment's Python; make the environment where it is not."""
    wanted = fingerprint()
    if is_made_from(wanted):
        return PYTHON
    with locked("python"):
        if not is_made_from(wanted):
            refuse_bare_python()
            version = ".".join(map(str, sys.version_info[:3]))
            with step(f"Python {version} environment from the lock file"):
                make()
            STAMP.write_text(wanted)
    return PYTHON


def fingerprint() -> str:
    parts = [sys.version, str(paths.VENV)]
    digest = hashlib.sha256("\n".join(parts).encode())
    digest.update(BUILD_LOCK.read_bytes() + paths.LOCK_FILE.read_bytes())
    return digest.hexdigest()


def is_made_from(wanted: str) -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted


def refuse_bare_python() -> None:
    """Debian's python3 has venv without ensurepip, and fails late with a riddle."""
    if all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return
    raise Stop(
        "This Python has no venv module: on Debian and Ubuntu install it with "
        "'apt-get install python3-venv', elsewhere take a complete Python."
    )


def make() -> None:
    shutil.rmtree(paths.VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", paths.VENV],
        log=paths.LOGS / "venv.log",
        otherwise="The virtual environment could not be made.",
    )
    install(BUILD_LOCK)
    install(paths.LOCK_FILE, "--no-binary", SOURCE_ONLY, "--no-build-isolation")


def install(lock_file: Path, *options: str) -> None:
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    # Bytecode comes when it is first needed (see odoo.variables).
    command += ["--no-compile", "--require-hashes", "--only-binary", ":all:", *options]
    run(
        [*command, "-r", lock_file],
        log=paths.LOGS / f"pip-{lock_file.stem}.log",
        env={**os.environ, "PIP_NO_INPUT": "1"},
        otherwise="The Python packages of the lock file could not be installed.",
    )


def script(name: str) -> Path:
    """Path of a console script of the environment."""
    return paths.VENV / "bin" / name
