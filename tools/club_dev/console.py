"""What the user sees: steps with their times, and errors of one sentence."""

import contextlib
import errno
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HEARTBEAT = 30  # seconds of silence after which a long step says it is alive


class Stop(Exception):  # noqa: N818 - it stops the run, it is no fault of ours
    """An end that the user can do something about: one sentence and the way out."""


def say(text: str = "") -> None:
    """Progress goes to stderr: stdout belongs to what was asked for."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Show that ``title`` is being worked on, and at the end how long it took."""
    started = time.monotonic()
    done = threading.Event()
    live = sys.stderr.isatty()

    def elapsed() -> str:
        return f"{time.monotonic() - started:6.1f} s"

    def tick() -> None:
        while not done.wait(1 if live else HEARTBEAT):
            if live:
                print(f"\r  ... {elapsed()}  {title}", end="", file=sys.stderr)
            else:
                say(f"  ... {elapsed()}  {title}")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    mark = "failed"
    try:
        yield
        mark = "  ok"
    finally:
        done.set()
        ticker.join()
        say(f"{chr(13) if live else ''}{mark:>5} {elapsed()}  {title}")


def run(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    otherwise: str = "",
) -> None:
    """Run ``command`` quietly into ``log``; a failure is told from that log.

    The child is ended with us, whatever ends us: nobody wants an orphan that
    holds a half-made database open after Ctrl-C.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        output.write("$ " + " ".join(map(str, command)) + "\n")
        output.flush()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
        )
        try:
            code = process.wait()
        finally:
            end_process(process)
    if code:
        raise Stop(explain(log.read_text(errors="replace"), otherwise, log))


def end_process(process: subprocess.Popen, patience: float = 10) -> None:
    """Ask ``process`` to go, and after ``patience`` seconds make it go."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


DISK_FULL = (
    "The disk is full: free some gigabytes, or put everything ./dev makes on "
    "another disk with CLUB_DEV_HOME=/its/folder."
)

KNOWN_CAUSES = (
    (r"No space left on device|ENOSPC|DiskFull", DISK_FULL),
    (
        r"Temporary failure (in name resolution|resolving)|Name or service not known"
        r"|Network is unreachable|NewConnectionError|ConnectTimeout|Could not resolve"
        r"|Could not connect|Connection timed out|No route to host|ProxyError"
        r"|Failed to fetch|Connection refused|No matching distribution found",
        "The network or the package index cannot be reached: check the connection "
        "(and the proxy, if there is one), then run the same command again; what "
        "was fetched already is kept.",
    ),
)


def explain(output: str, otherwise: str, log: Path | None = None) -> str:
    """Turn the output of a failed command into a sentence, with its last words."""
    for pattern, sentence in KNOWN_CAUSES:
        if re.search(pattern, output):
            return sentence if log is None else f"{sentence}\nDetails: {log}"
    lines = [line for line in output.splitlines() if line.strip()]
    # Odoo goes on talking after it has failed.
    telling = [line for line in lines if not re.search(r" \d+ (INFO|DEBUG) ", line)]
    last_words = "\n".join("    " + line for line in telling[-12:])
    where = f"\nDetails: {log}" if log else ""
    return f"{otherwise or 'A command failed.'}\n{last_words}{where}"


@contextlib.contextmanager
def errors_as_sentences() -> Iterator[None]:
    """The outermost frame of ./dev: no traceback for what has a known cause."""
    try:
        yield
    except Stop as stop:
        say(f"\n{stop}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("\nStopped. What was half-made is cleared away by the next run.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say(f"\n{DISK_FULL}")
        sys.exit(1)
