"""./dev demo: a club to look at, in the browser."""

import contextlib
import http.client
import socket
import subprocess
import time
from pathlib import Path

from . import addons, database, odoo, paths, people
from .console import Stop, end_process, say, step

NAME = "club_demo"
# Odoo's payment provider that pays without a bank.
ALSO = ("payment_demo",)
SLOWEST_START = 120  # seconds


def prepare(lang: str, reset: bool) -> None:
    """Have the demo database; an existing one is kept as its user left it."""
    recipe = database.Recipe(install=ALSO, people=True, lang=lang)
    if not people.are_here():
        say("       (tools/demo_club is not here: the club has no people yet)")
    mark = paths.HOME / f"{NAME}.made-from"
    if database.exists(NAME) and mark.exists() and not reset:
        if mark.read_text() != addons.fingerprint():
            say("       (made before the addon changed: --reset makes it anew)")
        if lang:
            say("       (it keeps its languages: --reset makes it anew with --lang)")
        return
    database.template(recipe)
    with step(f"Database {NAME}"):
        database.drop(NAME)
        database.create(NAME, recipe)
    mark.write_text(addons.fingerprint())


def serve(port: int) -> None:
    """Serve it until Ctrl-C."""
    refuse_taken(port)
    log = paths.LOGS / "demo.log"
    options = (f"--db-filter=^{NAME}$", f"--http-port={port}")
    process = odoo.start("server", "-d", NAME, *options, log=log)
    try:
        with step("Odoo starts"):
            wait_for(process, port, log)
        print(welcome(port), flush=True)
        say(f"Log: {log}\nCtrl-C ends it.")
        process.wait()
        raise Stop(f"Odoo has ended by itself; see {log}")
    except KeyboardInterrupt:
        say("\nThe club closes.")
    finally:
        end_process(process)


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        # As Odoo's server does, so a port that only just closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Stop(
                f"Port {port} is taken by another program: choose another with "
                f"--port {port + 1}."
            ) from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + SLOWEST_START
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.suppress(OSError, http.client.HTTPException):
            # The login page, not /web/health: the first visitor then need not wait.
            connection.request("GET", "/web/login")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.3)
    raise Stop(f"Odoo does not start; its log is {log}")


def welcome(port: int) -> str:
    """The address and who may log in, as a table."""
    logins = people.logins()
    head = {"role": "who", "name": "name", "login": "login", "password": "password"}
    widths = {key: max(len(str(row[key])) for row in [head, *logins]) for key in head}
    lines = [f"\nThe club is at http://127.0.0.1:{port}\n"]
    for row in [head, *logins]:
        lines.append("  " + "  ".join(f"{row[key]:<{widths[key]}}" for key in head))
    return "\n".join(lines) + "\n"
