"""Odoo's own command line in this environment."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import odoo_source, paths, postgres, python_env

# pytest-odoo takes these for database options, and every shell has a USER.
MISLEADING = ("HOST", "PORT", "USER", "PASSWORD", "OPENERP_SERVER", "PGDATABASE")
# Odoo is a lot of Python: without its bytecode each start takes seconds longer.
MISLEADING += ("PYTHONDONTWRITEBYTECODE",)


def variables(config: Path = paths.CONFIG) -> dict[str, str]:
    """What makes a process find Odoo, our addons and the database."""
    root = odoo_source.ensure()
    search_path = os.pathsep.join(map(str, (root, paths.TOOLS)))
    return {
        **postgres.variables(),
        "PYTHONPATH": search_path,
        "ODOO_RC": str(config),
        "CLUB_DEV_HOME": str(paths.HOME),
        "PYTHONPYCACHEPREFIX": str(paths.CACHE / "bytecode"),
        "VIRTUAL_ENV": str(paths.VENV),
        "PATH": f"{paths.VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def environment(config: Path = paths.CONFIG) -> dict[str, str]:
    kept = {name: val for name, val in os.environ.items() if name not in MISLEADING}
    return {**kept, **variables(config)}


def write_config(config: Path = paths.CONFIG, further: Sequence[Path] = ()) -> None:
    """Odoo's configuration file. The password stays in PGPASSWORD alone.

    :param further: folders with more addons
    """
    root = odoo_source.ensure()
    server = postgres.variables()
    # tests/addons: addons that are installed by tests only
    ours = [paths.REPO, paths.REPO / "tests" / "addons"]
    addons = [*odoo_source.addons_folders(root), *ours, *further]
    options = {
        "addons_path": ",".join(str(folder) for folder in addons),
        "data_dir": paths.DATA,
        "db_host": server["PGHOST"],
        "db_port": server.get("PGPORT", "5432"),
        "db_user": server.get("PGUSER", os.environ.get("USER", "")),
        "http_interface": "127.0.0.1",
        "list_db": False,
        "screenshots": paths.HOME / "screenshots",
    }
    lines = [f"{name} = {value}" for name, value in options.items()]
    text = "\n".join(["[options]", *lines, ""])
    if config.exists() and config.read_text() == text:
        return
    making = config.with_suffix(f".{os.getpid()}")
    making.write_text(text)
    making.replace(config)


def command(*arguments: str | Path) -> list[str]:
    script = paths.TOOLS / "odoo_bin.py"
    return [str(python_env.PYTHON), str(script), *map(str, arguments)]


def inside(script: str, *arguments: str | Path) -> list[str]:
    """A script of ``club_dev.inside``, run where Odoo and its libraries are."""
    module = f"club_dev.inside.{script}"
    return [str(python_env.PYTHON), "-m", module, *map(str, arguments)]


def replace_process(arguments: list[str]) -> None:
    """Become Odoo: signals, terminal and exit code are then Odoo's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    line = command(*arguments)
    os.execve(line[0], line, environment())


def start(*arguments: str | Path, log: Path) -> subprocess.Popen:
    """Start Odoo in the background, its words in ``log``."""
    with log.open("w") as output:
        return subprocess.Popen(
            command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
        )
