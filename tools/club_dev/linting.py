"""The linters: each a name and a command, all at zero findings."""

import concurrent.futures
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import addons, paths, python_env
from .console import Stop, say, step

OTHER_CODE = ("dev", "tools", "tests", "bench")


@dataclass(frozen=True)
class Finding:
    """What a linter said; empty when it is content."""

    linter: str
    output: str


def commands() -> dict[str, list[str]]:
    """Each linter's command line, for what there is to lint."""
    ours = list(addons.ours())
    po_files = [path for path in addons.files() if path.endswith((".po", ".pot"))]
    code = [name for name in (*OTHER_CODE, *ours) if (paths.REPO / name).exists()]
    found = {
        "ruff": ["ruff", "check", "--no-cache", *code],
        "ruff-format": ["ruff", "format", "--check", "--diff", "--no-cache", *code],
    }
    if ours:
        found["pylint-odoo"] = ["pylint", *ours]
        found["oca-odoo"] = ["oca-checks-odoo-module", *ours]
    if po_files:
        found["oca-po"] = ["oca-checks-po", *po_files]
    return found


def check(linter: str) -> Finding:
    script, *arguments = commands()[linter]
    done = subprocess.run(
        [python_env.script(script), *arguments],
        cwd=paths.REPO,
        env={**os.environ, "PYLINTHOME": str(paths.CACHE / "pylint")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        return Finding(linter, "")
    return Finding(linter, f"{done.stdout}{done.stderr}".strip() or "failed silently")


def check_all() -> None:
    """Run all linters, two at a time; stop with what they found."""
    with step("Linters"), concurrent.futures.ThreadPoolExecutor(2) as pool:
        findings = [found for found in pool.map(check, commands()) if found.output]
    for finding in findings:
        print(f"--- {finding.linter}\n{finding.output}\n")
    if findings:
        names = ", ".join(finding.linter for finding in findings)
        raise Stop(f"Not clean: {names}. './dev lint --fix' mends what ruff can.")
    say("All clean: " + ", ".join(commands()))


def fix() -> None:
    """Let ruff mend and format what it can."""
    ruff = python_env.script("ruff")
    code = [Path(name) for name in commands()["ruff"][3:]]
    subprocess.run([ruff, "check", "--fix", "--quiet", *code], cwd=paths.REPO)
    subprocess.run([ruff, "format", "--quiet", *code], cwd=paths.REPO)
