"""Write docs/profile-points.md from the catalogue: DATABASE FILE [--check]."""

import sys
from pathlib import Path

from club_dev.inside.odoo_env import odoo_env

HEAD = """# Points of the profile

What the club can know of a person, and the rules of each point. This page is made by
`./dev docs` from the catalogue (`club.profile.point`); a club changes the catalogue
under Club / Configuration and adds points of its own as properties of contacts. Those
are seen by every employee who may read contacts, as Odoo has it.

Every point is a real column. Whatever sets it, the ledger `club.profile.value` notes
value, value before, source, day, author, consent and how sure it is. *Own words only*:
nobody but the person himself sets it, in the portal, a survey, an event registration or
a talk with the bot. A purpose marked **yes** needs the person's consent; without it the
fact is refused, and goes when the consent is withdrawn. Confidential sections are seen
by the person's own manager and the club managers alone, and each reading is noted.
"""
COLUMNS = (
    ("Point", lambda p: p.name),
    ("Column", lambda p: f"`{p.key}`"),
    ("Type", lambda p: kind(p)),
    ("Set by", lambda p: ", ".join(sources(p)).replace(":,", ":") or "by itself"),
    ("Manager", lambda p: label(p, "manager_access")),
    ("Member", lambda p: label(p, "member_access")),
    ("Bot", lambda p: label(p, "bot_access")),
    ("Weight", lambda p: "" if p.is_derived else str(p.weight)),
    ("Fresh for", lambda p: f"{p.days_fresh} days" if p.days_fresh else "ever"),
    ("Kept for", lambda p: p.purpose_id.name),
    ("Consent", lambda p: "**yes**" if p.purpose_id.needs_consent else "no"),
)


def main(database: str, file: str, *options: str) -> int:
    with odoo_env(database, "--log-level=warn") as env:
        page = page_of(env(context={"lang": "en_US"}))
    path = Path(file)
    if "--check" in options:
        if not path.exists() or path.read_text() != page:
            print(f"{path.name} is not what the catalogue says: run './dev docs'.")
            return 1
        return 0
    path.write_text(page)
    return 0


def page_of(env) -> str:
    points = env["club.profile.point"].search([("is_property", "=", False)])
    parts = [HEAD, f"There are {len(points)} points.\n"]
    for section, inside in points.grouped("section_id").items():
        secret = " (confidential)" if section.is_confidential else ""
        parts.append(f"## {section.name}{secret}\n\n{table(inside)}")
    return "\n".join(parts)


def table(points) -> str:
    rows = [
        [title for title, _tell in COLUMNS],
        ["---"] * len(COLUMNS),
        *([tell(point) for _title, tell in COLUMNS] for point in points),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def kind(point) -> str:
    names = {
        "char": "text",
        "text": "text",
        "date": "day",
        "integer": "number",
        "selection": "choice",
        "many2one": "choice",
        "many2many": "several choices",
        "one2many": "list",
        "datetime": "moment",
    }
    return names.get(point.value_type, point.value_type or "")


def sources(point) -> list[str]:
    """Ways of capture, as the ledger calls them."""
    if point.is_derived:
        return []
    found = ["own words only:"] if point.own_words_only else []
    if point.manager_access == "write" and not point.own_words_only:
        found += ["manager", "import", "other program"]
    if point.member_access == "write":
        found.append("member")
    found += ["survey", "event"]
    if point.bot_access == "write":
        found.append("bot")
    return found


def label(point, name: str) -> str:
    return dict(point._fields[name]._description_selection(point.env))[point[name]]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
