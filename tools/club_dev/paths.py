"""Where things lie. All that is made lies under one folder, ``.dev``."""

import errno
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from .console import DISK_FULL, Stop

REPO = Path(__file__).resolve().parents[2]
TOOLS = REPO / "tools"
LOCK_FILE = REPO / "requirements" / "lock.txt"

HOME = Path(os.environ.get("CLUB_DEV_HOME") or REPO / ".dev").expanduser().resolve()
CACHE = HOME / "cache"
VENV = HOME / "venv"
ODOO = HOME / "odoo"
CLUSTER = HOME / "postgres"
DATA = HOME / "data"
FILESTORE = DATA / "filestore"
TEMPLATES = HOME / "templates"
LOCKS = HOME / "locks"
LOGS = HOME / "log"


def of_this_clone(name: str) -> str:
    """A file name of this clone's own in a ``HOME`` that several clones share."""
    if HOME == REPO / ".dev":
        return name
    digest = hashlib.sha256(os.fsencode(REPO)).hexdigest()[:8]
    stem, _dot, suffix = name.rpartition(".")
    return f"{stem}-{digest}.{suffix}"


CONFIG = HOME / of_this_clone("odoo.conf")

# A fresh set-up takes about 3 GB; half of that is what a template-less one needs.
DISK_NEEDED = 3 * 1024**3
# sockaddr_un holds 107 bytes on Linux, 103 on macOS, the file's name included.
SOCKET_LIMIT = 103 - len("/.s.PGSQL.5432")


def ensure_home() -> None:
    """Make the folder, and stop early where a set-up would run out of disk."""
    fresh = not (HOME / "odoo").exists()
    for folder in (HOME, CACHE, DATA, FILESTORE, TEMPLATES, LOCKS, LOGS):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise Stop(
                f"The folder {folder} cannot be made: choose one that you may write "
                "to with CLUB_DEV_HOME=/its/folder."
            ) from None
    if fresh and shutil.disk_usage(HOME).free < DISK_NEEDED:
        raise Stop(DISK_FULL)


def socket_folder() -> Path:
    """A folder short enough for a Unix socket, one for each ``HOME``."""
    folder = CLUSTER / "socket"
    if len(os.fsencode(folder)) <= SOCKET_LIMIT:
        return folder
    digest = hashlib.sha256(os.fsencode(HOME)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"club-{os.getuid()}-{digest}"
