"""The translation files: the template exported by Odoo, Russian kept complete."""

import subprocess
import tempfile
from pathlib import Path

from . import addons, database, odoo, paths
from .console import Stop, run, say, step


def update() -> None:
    """Export the templates anew and bring the languages in line with them."""
    for name, fresh in _exported():
        print(_merge(name, fresh))


def check() -> str:
    """What differs between the files and a new export; empty if nothing does."""
    with tempfile.TemporaryDirectory() as folder:
        found = [_merge(name, pot, "--check") for name, pot in _exported(Path(folder))]
    return "\n".join(filter(None, found))


def check_or_stop() -> None:
    with step("Translations against a new export"):
        found = check()
    if found:
        raise Stop(f"{found}\nRun './dev i18n' and translate what it names.")
    say("The template is up to date and every language is complete.")


def _exported(folder: Path = paths.CACHE) -> list[tuple[str, Path]]:
    """Each addon with a template exported from a database of its own."""
    recipe = database.Recipe(install=tuple(addons.ours()))
    name = database.unused_name("i18n")
    database.create(name, recipe)
    try:
        return [(addon, _export(name, addon, folder)) for addon in addons.ours()]
    finally:
        database.drop(name)


def _export(name: str, addon: str, folder: Path) -> Path:
    pot = folder / f"{addon}.pot"
    run(
        odoo.command("i18n", "export", "-d", name, "-o", pot, addon),
        log=paths.LOGS / "i18n-export.log",
        env=odoo.environment(),
        otherwise=f"The terms of {addon} could not be exported.",
    )
    return pot


def _merge(addon: str, fresh: Path, *options: str) -> str:
    done = subprocess.run(
        odoo.inside("merge_po", paths.REPO / addon / "i18n", fresh, *options),
        env=odoo.environment(),
        capture_output=True,
        text=True,
    )
    return (done.stdout + done.stderr).strip()
