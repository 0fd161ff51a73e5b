"""What the benches are written with.

A bench is a module ``bench/bench_NAME.py`` with one function::

    def open_list(env):                      # runs inside an Odoo process
        env["res.partner"].search([], limit=80).mapped("name")

    def run(bench):
        with bench.odoo(bare=True) as stock, bench.odoo() as ours:
            bench.compare("list of 80", ours, open_list, stock, open_list, goal=1.15)

``bench.odoo(**recipe)`` is an Odoo process on a copy of a template (the keywords are
those of ``club_dev.database.Recipe``). Only ratios count, since machines differ: the
two sides are measured in turns, run by run, so that what slows the machine slows
both. A function is sent to the process by its name, so it stands at the top of its
module, and its transaction is rolled back.
"""

import argparse
import contextlib
import http.cookiejar
import importlib
import json
import multiprocessing
import re
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from club_dev import console, database, oca, odoo, paths, serve

RUNS = 30
WARM_UP = 3  # fills Odoo's caches, as any second visitor finds them


@dataclass
class Row:
    """One line of the table; ``ok`` is None where there is no goal."""

    name: str
    unit: str
    ours: float
    stock: float
    ratio: float
    goal: str
    ok: bool | None


@dataclass
class Cost:
    """What one call took."""

    seconds: float
    queries: int
    value: object = None


class Bench:
    """Collects rows."""

    def __init__(self):
        self.rows: list[Row] = []

    @contextlib.contextmanager
    def database(self, **recipe) -> Iterator[str]:
        """A database that is dropped at the end."""
        name = database.unused_name("bench")
        database.create(name, database.Recipe(**recipe))
        try:
            yield name
        finally:
            database.drop(name)

    @contextlib.contextmanager
    def odoo(self, **recipe) -> Iterator["Odoo"]:
        """An Odoo process on a database of its own."""
        with self.database(**recipe) as name, Odoo(name, recipe.get("oca")) as process:
            yield process

    @contextlib.contextmanager
    def web(self, **recipe) -> Iterator["Web"]:
        """An Odoo web server on a database of its own."""
        with self.database(**recipe) as name, Web(name) as server:
            yield server

    def compare(self, name, ours, our_call, stock, stock_call, *, goal, runs=RUNS):
        """Two rows: median time, to be at most ``goal`` times stock's; queries.

        ``ours(our_call)`` and ``stock(stock_call)`` are what is measured: an
        ``Odoo`` with a function or a ``Web`` with a path.
        """
        for _ in range(WARM_UP):
            ours(our_call), stock(stock_call)
        costs = [(ours(our_call), stock(stock_call)) for _ in range(runs)]
        mine, theirs = zip(*costs, strict=True)
        self.at_most(name, p50(mine), p50(theirs), goal=goal, unit="ms")
        return mine[-1].queries, theirs[-1].queries

    def at_most(self, name, ours, stock, *, goal=None, unit=""):
        """A row where less is better: ``ours`` at most ``goal`` times ``stock``."""
        ratio = ours / stock if stock else float("inf")
        self._add(name, unit, ours, stock, goal and (ratio <= goal), f"<= {goal}x")

    def at_least(self, name, ours, stock, *, goal=None, unit=""):
        """A row where more is better: ``ours`` at least ``goal`` times ``stock``."""
        ratio = ours / stock if stock else float("inf")
        self._add(name, unit, ours, stock, goal and (ratio >= goal), f">= {goal}x")

    def no_more_than(self, name, ours, stock, *, extra=0, unit="queries"):
        """A row of counts: ``ours`` at most ``extra`` above ``stock``."""
        self._add(name, unit, ours, stock, ours - stock <= extra, f"<= +{extra}")

    def _add(self, name, unit, ours, stock, ok, goal):
        ratio = round(ours / stock, 3) if stock else float("inf")
        row = Row(name, unit, ours, stock, ratio, "" if ok is None else goal, ok)
        self.rows.append(row)


def p50(costs) -> float:
    """Median time in milliseconds."""
    return statistics.median(cost.seconds for cost in costs) * 1000


# -- An Odoo process ---------------------------------------------------------------


class Odoo:
    """Calls functions with an ``env`` in a process of its own."""

    def __init__(self, name: str, with_oca: bool = False):
        context = multiprocessing.get_context("spawn")  # a fork would share sockets
        self.connection, other = context.Pipe()
        config = oca.config() if with_oca else paths.CONFIG
        arguments = (name, str(config), other)
        self.process = context.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.connection.close()
        self.process.join(10)
        self.process.kill()

    def __call__(self, function: Callable, *args, commit: bool = False) -> Cost:
        self.connection.send((function, args, commit))
        try:
            answer = self.connection.recv()
        except (EOFError, ConnectionError):
            answer = "The Odoo process has died; see above."
        if isinstance(answer, str):
            raise RuntimeError(f"{function.__name__} failed:\n{answer}")
        return answer


def _serve(name: str, rc: str, connection) -> None:
    import traceback

    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(
        ["-c", rc, "-d", name, "--no-http", "--log-level=error"], setup_logging=True
    )
    registry = Registry(name)
    while True:
        try:
            function, args, commit = connection.recv()
        except EOFError:
            return
        try:
            connection.send(_measure(registry, function, args, commit))
        except Exception:
            connection.send(traceback.format_exc())


def _measure(registry, function, args, commit) -> Cost:
    from odoo.api import SUPERUSER_ID, Environment

    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        before, started = cr.sql_log_count, time.perf_counter()
        value = function(env, *args)
        env.flush_all()
        seconds = time.perf_counter() - started
        queries = cr.sql_log_count - before
        cr.commit() if commit else cr.rollback()
    return Cost(seconds, queries, value)


# -- A web server ------------------------------------------------------------------


class Web:
    """Opens pages as a logged-in visitor."""

    def __init__(self, name: str):
        self.log = paths.LOGS / f"{name}.log"
        port = serve.free_port()
        self.url = f"http://127.0.0.1:{port}"
        options = (f"--db-filter=^{name}$", f"--http-port={port}")
        self.process = odoo.start(
            *("server", "-d", name, *options, "--max-cron-threads=0"), log=self.log
        )
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar)
        )
        serve.wait_for(self.process, port, self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        console.end_process(self.process)
        self.log.unlink(missing_ok=True)

    def login(self, login: str, password: str = "") -> "Web":
        page = self.opener.open(f"{self.url}/web/login").read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        form = {"csrf_token": token, "login": login, "password": password or login}
        answer = self.opener.open(
            f"{self.url}/web/login", urllib.parse.urlencode(form).encode()
        )
        assert "/web/login" not in answer.url, f"{login} cannot log in"
        return self

    def __call__(self, path: str) -> Cost:
        seen = self.log.stat().st_size
        started = time.perf_counter()
        with self.opener.open(self.url + path) as answer:
            body = answer.read()
        seconds = time.perf_counter() - started
        return Cost(seconds, self._queries_since(seen, path), body)

    def _queries_since(self, seen: int, path: str) -> int:
        """Odoo logs for each request: "GET /my HTTP/1.1" 200 - queries times."""
        pattern = re.compile(rf'"GET {re.escape(path)} HTTP[^"]*" \d+ \S+ (\d+) ')
        for _ in range(100):
            with self.log.open() as log:
                log.seek(seen)
                if found := pattern.search(log.read()):
                    return int(found[1])
            time.sleep(0.02)
        raise AssertionError(f"No line for {path} in {self.log}")


# -- The table ---------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help="else all of them")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    here = {p.stem.removeprefix("bench_") for p in paths.REPO.glob("bench/bench_*.py")}
    if unknown := set(options.names) - here:
        parser.error(f"no bench {', '.join(unknown)}; there are: {sorted(here)}")
    bench = Bench()
    for name in options.names or sorted(here):
        with console.step(f"Bench: {name}"):
            importlib.import_module(f"bench.bench_{name}").run(bench)
    print(table(bench.rows))
    if options.json:
        rows = [asdict(row) for row in bench.rows]
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 1 if any(row.ok is False for row in bench.rows) else 0


def table(rows: list[Row]) -> str:
    head = ("what", "ours", "stock", "", "ratio", "goal", "")
    verdict = {True: "ok", False: "MISSED", None: ""}
    lines = [
        (r.name, f"{r.ours:.4g}", f"{r.stock:.4g}", r.unit, f"{r.ratio:.2f}")
        + (r.goal, verdict[r.ok])
        for r in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    aligned = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        for line in (head, *lines)
    )
    return "\n".join(line.rstrip() for line in aligned)


if __name__ == "__main__":
    # Not as __main__: what a bench sends to a process must be importable there.
    from bench import harness

    raise SystemExit(harness.main())
