"""Fixtures for tests of the whole from outside: real servers, real databases.

==================  ==========================================================
``fresh_db(...)``   name of a new database, a copy of a template (dropped after)
``founded(found)``  a database and its records, made once for a module
``psql(db)``        a psycopg2 connection to it, beside Odoo's own
``odoo_cli(...)``   run Odoo's command line to its end
``odoo_server(db)`` a real server on a free port, with ``.rpc(login)``
``inside(db)``      an Odoo process that runs functions: ``(function, *args)``;
                    ``with_oca=True`` where OCA's membership is installed
``checked(name)``   what runs in the background as ``name`` (see in_background)
==================  ==========================================================

This file must not import ``odoo``: what it tests are other processes, and
pytest-odoo wants to configure Odoo before anybody imports it.
"""

import concurrent.futures
import contextlib
import subprocess
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from bench.harness import Odoo
from club_dev import (
    addons,
    console,
    database,
    linting,
    odoo,
    paths,
    postgres,
    serve,
    translation,
)

from . import runner

# These are tests of Odoo's own runner, see test_odoo_runner.py.
collect_ignore = ["addons"]

# -- Databases ---------------------------------------------------------------------


@pytest.fixture
def fresh_db():
    """Make databases: ``fresh_db(install=("crm",), bare=True, lang="ru"...)``.

    The keywords are those of ``club_dev.database.Recipe``; or ``copy_of`` names a
    database that the test has made, to which nobody is connected.
    """
    made = []

    def make(copy_of: str = "", **wanted) -> str:
        name = database.unused_name("test")
        made.append(name)
        if copy_of:
            postgres.sql(f"CREATE DATABASE {name} TEMPLATE {copy_of}")
        else:
            database.create(name, database.Recipe(**wanted))
        return name

    yield make
    for name in made:
        database.drop(name)


@pytest.fixture(scope="module")
def founded():
    """A database with records in it, made once for a module and copied for each test.

    ``founded(function, install=("crm",)...)`` returns the name of the database and
    what the function, which is called as by ``inside``, has returned. The keywords are
    those of ``club_dev.database.Recipe``; ``fresh_db(copy_of=name)`` copies it.
    """
    made = {}

    def get(function, **wanted) -> tuple:
        if function not in made:
            name = database.unused_name("once")
            database.create(name, database.Recipe(**wanted))
            made[function] = name, None
            with Odoo(name) as process:
                made[function] = name, process(function, commit=True).value
        return made[function]

    yield get
    for name, _records in made.values():
        database.drop(name)


@pytest.fixture
def psql():
    """Connect to a database: ``psql(db)`` returns a psycopg2 connection."""
    with contextlib.ExitStack() as stack:

        def connect(name: str):
            variables = postgres.variables()
            connection = psycopg2.connect(
                dbname=name,
                host=variables["PGHOST"],
                port=variables.get("PGPORT"),
                user=variables.get("PGUSER"),
                password=variables.get("PGPASSWORD"),
            )
            stack.callback(connection.close)
            return connection

        yield connect


# -- Odoo --------------------------------------------------------------------------


@dataclass
class Finished:
    """An Odoo that has come to its end."""

    code: int
    log: str


@pytest.fixture
def odoo_cli(tmp_path):
    """Run Odoo's command line: ``odoo_cli("server", "-d", db, "-u", "base")``.

    Returns its exit code and all it said; ``stdin`` feeds ``shell``, ``config`` is
    another configuration file.
    """

    def run(
        *arguments: str,
        stdin: str = "",
        timeout: float = 900,
        config: Path = paths.CONFIG,
    ) -> Finished:
        done = subprocess.run(
            odoo.command(*arguments),
            env=odoo.environment(config),
            input=stdin,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
        )
        return Finished(done.returncode, done.stdout)

    return run


@dataclass
class Session:
    """Somebody logged in over XML-RPC."""

    url: str
    db: str
    uid: int
    password: str

    def __call__(self, model: str, method: str, *args, **kwargs):
        models = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object")
        signed = (self.db, self.uid, self.password)
        return models.execute_kw(*signed, model, method, list(args), kwargs)


@dataclass
class Server:
    """A running Odoo."""

    db: str
    port: int
    process: subprocess.Popen
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rpc(self, login: str = "admin", password: str = "") -> Session:
        """Log in as a real user would; demo passwords equal the logins."""
        common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common")
        uid = common.authenticate(self.db, login, password or login, {})
        assert uid, f"{login} cannot log in to {self.db}"
        return Session(self.url, self.db, uid, password or login)


@pytest.fixture
def odoo_server(tmp_path):
    """Start real servers: ``odoo_server(db, workers=2)``; they end with the test."""
    servers = []

    def start(db: str, workers: int = 0, *options: str) -> Server:
        port = serve.free_port()
        log = tmp_path / f"server-{port}.log"
        process = odoo.start(
            *("server", "-d", db, f"--db-filter=^{db}$", f"--workers={workers}"),
            *(f"--http-port={port}", f"--gevent-port={serve.free_port()}"),
            *("--max-cron-threads=0", *options),
            log=log,
        )
        server = Server(db, port, process, log)
        servers.append(server)
        serve.wait_for(process, port, log)
        return server

    yield start
    for server in servers:
        console.end_process(server.process)


@pytest.fixture
def inside():
    """Processes that call functions of ours with an ``env``: ``inside(db)``.

    Such a function stands at the top of its module, and is called as
    ``process(function, *args, commit=True).value``. Each process is an Odoo of its
    own, with a registry and connections of its own.
    """
    with contextlib.ExitStack() as stack:
        yield lambda db, **options: stack.enter_context(Odoo(db, **options))


# -- What runs in the background, on the second core -----------------------------------

CHECKS = {
    **{f"lint:{name}": name for name in linting.commands()},
    "core-lint": "core-lint",
    "translations": "translations",
}


def in_background(name: str):
    """Run what a test asks for by ``check``: a check, or Odoo's own runner.

    :return: what a check found, empty if it is content; or a runner's ``Run``
    """
    kind, _, which = name.partition(":")
    if kind == "lint":
        return linting.check(which).output
    if kind == "runner":
        return runner.run(which)
    return core_lint() if kind == "core-lint" else translation.check()


def core_lint() -> str:
    """Core's own lint tests on our addons (see ``club_dev.inside.core_lint``)."""
    name = database.unused_name("lint")
    database.create(name, database.Recipe())
    try:
        done = subprocess.run(
            odoo.inside("core_lint", name, *addons.ours()),
            cwd=paths.REPO,
            env=odoo.environment(),
            capture_output=True,
            text=True,
            timeout=600,
        )
    finally:
        database.drop(name)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def pytest_collection_modifyitems(items):
    """What waits for the background comes last."""
    items.sort(key=lambda item: "checked" in getattr(item, "fixturenames", ()))


def pytest_collection_finish(session):
    """Start in the background what the chosen tests will ask for, the longest first."""
    pool = concurrent.futures.ThreadPoolExecutor(1)
    futures = session.config.stash[FUTURES] = {}
    if session.config.option.collectonly:
        return
    asked = [
        item.callspec.params["check"]
        for item in session.items
        if "check" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    for name in sorted(asked, key=lambda name: not name.startswith("runner:")):
        futures[name] = pool.submit(in_background, name)


FUTURES = pytest.StashKey[dict]()


@pytest.fixture
def checked(request):
    """Wait for what runs in the background as ``name`` and return what it gave."""
    return lambda name: request.config.stash[FUTURES][name].result()
