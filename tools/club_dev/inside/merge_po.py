"""Bring an addon's i18n folder in line with a new template: FOLDER POT [--check].

Prints what is not in order. With ``--check`` nothing is written.
"""

import sys
from pathlib import Path

import polib

# They differ with every export.
DATES = ("POT-Creation-Date", "PO-Revision-Date")


def main(folder: Path, fresh: Path, check: bool) -> None:
    template = polib.pofile(str(fresh), wrapwidth=78)
    own = folder / f"{folder.parent.name}.pot"
    if check:
        if not own.exists() or terms(polib.pofile(str(own))) != terms(template):
            print(f"{own.name} differs from a new export")
    else:
        write_template(template, own)
    for path in sorted(folder.glob("*.po")):
        language = polib.pofile(str(path), wrapwidth=78)
        if not check:
            language.merge(template)
            for entry in language.obsolete_entries():
                language.remove(entry)
            # As Odoo and OCA's check order them, so that changes read easily.
            language.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
            language.save(str(path))
        print_state(path.name, language, template)


def terms(po: polib.POFile) -> set:
    """All that matters in a template: terms, where they are, how they are used."""
    return {
        (entry.msgid, entry.msgctxt, entry.comment, tuple(sorted(entry.occurrences)))
        for entry in po
    }


def write_template(template: polib.POFile, own: Path) -> None:
    """Write the template, but not for a new date alone."""
    if own.exists():
        old = polib.pofile(str(own))
        if terms(old) == terms(template):
            return
    own.parent.mkdir(exist_ok=True)
    template.save(str(own))


def print_state(name: str, language: polib.POFile, template: polib.POFile) -> None:
    wanted = {entry.msgid for entry in template}
    present = {entry.msgid for entry in language if not entry.obsolete}
    problems = {
        "not translated": {entry.msgid for entry in language.untranslated_entries()},
        "fuzzy": {entry.msgid for entry in language.fuzzy_entries()},
        "missing": wanted - present,
        "no longer used": present - wanted,
    }
    for problem, found in problems.items():
        if found:
            print(f"{name}: {len(found)} {problem}")
            for msgid in sorted(found):
                print("    " + repr(msgid))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--check" in sys.argv)
