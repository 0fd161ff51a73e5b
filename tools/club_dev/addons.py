"""Our addons, as their manifests and files tell of them."""

import ast
import functools
import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from . import paths
from .console import Stop

MAIN = "club_community"

# Changes here change no database.
NOT_IN_A_DATABASE = ("tests", "readme", "README.rst")


def ours() -> dict[str, dict]:
    """Name and manifest of each addon of this repository."""
    found = sorted(paths.REPO.glob("*/__manifest__.py"))
    return {path.parent.name: _read(path) for path in found}


def _read(manifest: Path) -> dict:
    try:
        return ast.literal_eval(manifest.read_text())
    except (SyntaxError, ValueError) as error:
        raise Stop(f"{manifest} cannot be read: {error}") from None


def split(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Part ``names`` in addons of ours and stock modules, dependencies included.

    Only the direct dependencies of ours are listed: Odoo finds the rest.
    """
    manifests = ours()
    mine, stock, waiting = set(), set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in manifests:
            stock.add(name)
        elif name not in mine:
            mine.add(name)
            waiting += manifests[name].get("depends", ())
    return sorted(mine), sorted(stock)


@functools.cache
def fingerprint() -> str:
    """What changes when a database made with our addons would come out otherwise.

    Taken once a run: who edits a file meanwhile sees it in the next one.
    """
    digest = hashlib.sha256()
    for path in files():
        inside = Path(path).parts[1:]
        if not set(inside) & set(NOT_IN_A_DATABASE):
            digest.update(path.encode() + b"\0")
            digest.update((paths.REPO / path).read_bytes())
    return digest.hexdigest()


def files() -> list[str]:
    """Files of our addons that git has or would take, so no caches."""
    names = list(ours())
    if not names:
        return []
    listing = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *names],
        cwd=paths.REPO,
        capture_output=True,
        text=True,
    )
    if listing.returncode == 0:
        found = listing.stdout.split("\0")
    else:  # an unpacked archive instead of a clone
        every = (path for name in names for path in (paths.REPO / name).rglob("*"))
        found = [str(path.relative_to(paths.REPO)) for path in every]
        found = [path for path in found if "__pycache__" not in path]
    return sorted(path for path in set(found) if (paths.REPO / path).is_file())
