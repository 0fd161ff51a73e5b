"""Two runs at once: one works, the other waits and then finds the work done."""

import contextlib
import fcntl
from collections.abc import Iterator
from typing import IO

from . import paths
from .console import say


@contextlib.contextmanager
def locked(name: str, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock ``name`` among all runs that share this ``.dev`` folder.

    Yields whether it is held, which without ``wait`` it may not be. The kernel
    frees it with the process, so a killed run leaves no stale lock.
    """
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with (paths.LOCKS / f"{name}.lock").open("w") as file:
        yield _take(file, name, wait)


def _take(file: IO, name: str, wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not wait:
            return False
        say(f"       (another run is at it: {name}; waiting)")
        fcntl.flock(file, fcntl.LOCK_EX)
    return True
