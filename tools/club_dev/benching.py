"""./dev bench: runs ``bench/`` where Odoo can be imported."""

import os
import subprocess
from collections.abc import Sequence

from . import odoo, paths, python_env


def run(arguments: Sequence[str]) -> int:
    variables = odoo.environment()
    variables["PYTHONPATH"] += f"{os.pathsep}{paths.REPO}"
    command = [python_env.PYTHON, "-m", "bench.harness", *arguments]
    return subprocess.run(command, env=variables).returncode
