"""What Odoo's own test runner said, read from its log."""

import re
from dataclasses import dataclass, field

RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ "
    r"(?P<logger>[\w.]+): (?P<text>.*)$"
)
STARTING = re.compile(r"^Starting (?P<name>\w+\.\w+) \.\.\.")
SKIPPED = re.compile(r"^skipped (?P<name>\w+\.\w+)\W* : (?P<reason>.*)")
# A failed class set-up is told with the class in brackets instead.
FAILED = re.compile(r"^(?:FAIL|ERROR): (?P<name>.+?)\s*$")
TOTAL = re.compile(r"^\d+ failed, \d+ error\(s\) of (?P<count>\d+) tests")


@dataclass
class Report:
    """The tests that ran, in order, and what became of the bad ones."""

    names: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    total: int | None = None  # by Odoo's own count; None if it never got there


def read(log: str) -> Report:
    report = Report()
    failing = ""
    for line in log.splitlines():
        record = RECORD.match(line)
        if not record:
            if failing:
                report.failures[failing] += line + "\n"
            continue
        failing = _note(report, record)
    return report


def _note(report: Report, record: re.Match) -> str:
    """Note one record; return the name of the failure that it begins, if any."""
    text = record["text"]
    if found := STARTING.match(text):
        room = record["logger"].removeprefix("odoo.addons.").replace(".tests.", "/")
        report.names.append(f"{room}::{found['name']}")
    elif found := SKIPPED.match(text):
        report.skipped[found["name"]] = found["reason"]
    elif found := TOTAL.match(text):
        report.total = int(found["count"])
    elif record["level"] == "ERROR" and (found := FAILED.match(text)):
        report.failures.setdefault(found["name"], "")
        return found["name"]
    return ""
