"""The demo club in a database: 1,750 people, brought in by the addon's import.

How they look and how they get in is the business of ``tools/demo_club``; here it
is only called: ``generate`` writes the CSV files, ``load`` imports them.
"""

import functools
import hashlib
import shutil
from datetime import date
from pathlib import Path

from . import odoo, paths, python_env
from .console import run

SOURCE = paths.TOOLS / "demo_club"


def are_here() -> bool:
    return (SOURCE / "load.py").exists()


@functools.cache
def fingerprint() -> str:
    """Changes with the generator and with the month: its dates are near today."""
    digest = hashlib.sha256(paths.LOCK_FILE.read_bytes())
    for path in sorted(SOURCE.glob("**/*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    digest.update(f"{date.today():%Y-%m}".encode())
    return digest.hexdigest()


def load(database: str) -> None:
    """Fill ``database``, in which our addon is installed, with the demo club."""
    _run_inside("load_people", database, generated())


def generated() -> Path:
    """The folder of the club's CSV files; the same for the same generator."""
    folder = paths.CACHE / f"demo_club-{fingerprint()[:12]}"
    if not folder.exists():
        making = folder.with_suffix(".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        _run_inside("generate_people", making)
        making.rename(folder)
    return folder


def logins() -> list[dict]:
    """Role, name, login and password of those who may look around."""
    path = SOURCE / "logins.py"
    if not path.exists():
        admin = {"role": "Administrator", "name": "Mitchell Admin"}
        return [{**admin, "login": "admin", "password": "admin"}]
    namespace: dict = {}
    exec(compile(path.read_text(), path, "exec"), namespace)
    return namespace["LOGINS"]


def _run_inside(script: str, *arguments: str | Path) -> None:
    assert python_env.PYTHON.exists()
    run(
        odoo.inside(script, *arguments),
        log=paths.LOGS / f"{script}.log",
        env=odoo.environment(),
        otherwise="The demo club could not be made.",
    )
