"""./dev test: everything, or quickly what you name.

* ``./dev test``: every test, as CI runs it. The addon's own tests run in Odoo's
  own runner, as one of the tests in ``tests/``.
* ``./dev test club_community/tests/test_x.py -k name``: the addon's tests in the
  quick loop, by pytest-odoo in a copy of the template. It never replaces the above:
  it does not install, and it hides Odoo's warnings.
* ``./dev test tests/test_x.py`` or ``-k name``: some of the tests in ``tests/``.
"""

import os
import subprocess
from collections.abc import Sequence

from . import addons, browser, database, odoo, paths, postgres, python_env, setup
from .console import end_process


def run(arguments: Sequence[str]) -> int:
    started_here = postgres.is_private() and not postgres.answers()
    try:
        setup.everything()
        browser.ensure()
        if any(is_of_an_addon(argument) for argument in arguments):
            return _quick_loop(arguments)
        return _outside(arguments)
    finally:
        if started_here and os.environ.get("CI"):
            postgres.stop()


def is_of_an_addon(argument: str) -> bool:
    return argument.lstrip("./").split("/")[0] in addons.ours()


def _outside(arguments: Sequence[str]) -> int:
    # Made before pytest starts, since pytest would hide how far it is.
    database.template(database.Recipe(bare=True))
    database.template(database.Recipe())
    return _pytest(arguments)


def _quick_loop(arguments: Sequence[str]) -> int:
    recipe = database.Recipe()
    database.template(recipe)
    name = database.unused_name("loop")
    database.create(name, recipe)
    try:
        options = ["-o", "addopts=-ra", "--odoo-http", f"--odoo-database={name}"]
        return _pytest([*options, f"--odoo-config={paths.CONFIG}", *arguments])
    finally:
        database.drop(name)


def _pytest(arguments: Sequence[str]) -> int:
    process = subprocess.Popen(
        [python_env.PYTHON, "-m", "pytest", *arguments],
        cwd=paths.REPO,
        env=odoo.environment(),
        stdin=subprocess.DEVNULL if os.environ.get("CI") else None,
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()  # the terminal has told pytest too: it sums up
    finally:
        end_process(process)
