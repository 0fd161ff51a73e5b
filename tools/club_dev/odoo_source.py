"""Where Odoo 19 comes from: a path you name, Debian's package, or git.

Odoo is not on the Python package index. Debian's *unstable* suite has it whole
as the package ``odoo-19``; any Debian can download and unpack that into a folder
of ours, signatures checked by apt, without installing anything.
"""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import Stop, run, step
from .locks import locked

SERIES = "19.0"
REPOSITORY = "https://github.com/odoo/odoo"
STAMP = "made-by-club-dev"

# What the package links to in other packages: fonts and old scripts.
ASSETS = (
    "fonts-glyphicons-halflings",
    "fonts-inconsolata/stable",
    # Unstable's Font Awesome 7 has other file names: every icon would be missing.
    "fonts-font-awesome/stable",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Left out of the package for its licence (it blurs the background of video
# calls). Without the file every backend page logs an error, and so every
# backend tour fails; an empty one does.
MISSING = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def ensure() -> Path:
    """Return the folder that has Odoo's ``odoo`` package; fetch it if need be."""
    if named := os.environ.get("CLUB_ODOO_PATH"):
        return check_named(Path(named).expanduser().resolve())
    with locked("odoo"):
        if not (paths.ODOO / STAMP).exists():
            fetch()
    return root_in(paths.ODOO)


def check_named(path: Path) -> Path:
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise Stop(
            f"CLUB_ODOO_PATH names {path}, which has no Odoo (no odoo/release.py): "
            f"name the folder of a checkout of Odoo's {SERIES} branch."
        )
    found = ".".join(map(str, version_info(release)[:2]))
    if found != SERIES:
        raise Stop(
            f"CLUB_ODOO_PATH names Odoo {found}, and this addon is for {SERIES}: "
            f"check out Odoo's {SERIES} branch there, or unset the variable."
        )
    return path


def version_info(release: Path) -> list:
    """The version from Odoo's release file, read without importing Odoo."""
    match = re.search(r"^version_info = \((.*?)\)", release.read_text(), re.M)
    # The release level is a name, not a literal.
    numbers = re.findall(r"'[^']*'|\d+", match[1]) if match else []
    return [ast.literal_eval(number) for number in numbers] or ["?", "?"]


def root_in(prefix: Path) -> Path:
    packaged = prefix / "usr" / "lib" / "python3" / "dist-packages"
    return packaged if packaged.exists() else prefix


def addons_folders(root: Path) -> list[Path]:
    """Where the stock addons are: within the package, or beside it in a checkout."""
    beside = root / "addons"
    within = root / "odoo" / "addons"
    return [within] if (within / "account").exists() else [within, beside]


def version(root: Path) -> str:
    """What names this very Odoo in the key of a template database."""
    stamp = paths.ODOO / STAMP
    if root == root_in(paths.ODOO) and stamp.exists():
        return stamp.read_text()
    head = subprocess.run(
        ["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True
    )
    return f"{root} {head.stdout.strip()}"


def fetch() -> None:
    """Fetch into a folder aside and move it in place when it is whole."""
    making = paths.ODOO.with_suffix(".new")
    shutil.rmtree(making, ignore_errors=True)
    shutil.rmtree(paths.ODOO, ignore_errors=True)
    mirror = debian_mirror()
    origin = fetch_debian(mirror, making) if mirror else fetch_git(making)
    (making / STAMP).write_text(origin)
    making.rename(paths.ODOO)


# -- Debian ------------------------------------------------------------------------


def debian_mirror() -> str | None:
    """The Debian mirror this machine already uses, if it is a Debian at all."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return None
    folder = Path("/etc/apt")
    sources = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    for source in sources:
        if source.suffix in (".list", ".sources") and source.is_file():
            for mirror in re.findall(r"[a-z+]+://\S+", uncommented(source)):
                # Ubuntu's ends in /ubuntu, and Debian's security archive in
                # /debian-security: neither has the unstable suite.
                if mirror.rstrip("/").endswith("/debian"):
                    return mirror
    return None


def uncommented(source: Path) -> str:
    lines = source.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def fetch_debian(mirror: str, prefix: Path) -> str:
    packages = paths.CACHE / "debian"
    apt = private_apt(mirror, packages)
    with step("Odoo 19 and its fonts: Debian's package lists"):
        apt("update")
    with step("Odoo 19 and its fonts: download (about 125 MB)"):
        # apt checks each file against the signed list, and takes those that an
        # interrupted run has left here; but not two versions of one.
        log = apt("download", "--print-uris", "odoo-19", *ASSETS)
        for package in packages.glob("*.deb"):
            if package.name not in log.read_text():
                package.unlink()
        apt("download", "odoo-19", *ASSETS)
    with step("Odoo 19 and its fonts: unpack"):
        prefix.mkdir(parents=True)
        for package in sorted(packages.glob("*.deb")):
            run(
                ["dpkg", "-x", package, prefix],
                log=paths.LOGS / "dpkg.log",
                otherwise=f"{package.name} could not be unpacked.",
            )
        complete(prefix)
    origin = "debian " + next(packages.glob("odoo-19_*.deb")).name
    shutil.rmtree(packages)
    return origin


def private_apt(mirror: str, folder: Path):
    """An apt-get with a source list and caches of ours, and the system's keys."""
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    source_list = folder / "sources.list"
    suites = [f"deb {mirror} {suite} main\n" for suite in ("unstable", "stable")]
    source_list.write_text("".join(suites))
    options = {
        "Dir::Etc::SourceList": source_list,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State::Lists": lists,
        "Dir::Cache": folder / "apt",
        "Acquire::Languages": "none",
        "Acquire::Retries": 3,
        # As root apt fetches as a user of its own, who may not enter our folder.
        "APT::Sandbox::User": "root",
    }
    (folder / "apt" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "-q"]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]

    def apt(action: str, *arguments: str) -> Path:
        log = paths.LOGS / f"apt-{action}.log"
        run(
            [*command, action, *arguments],
            log=log,
            cwd=folder,
            otherwise="Odoo could not be had from the Debian mirror; a checkout of "
            f"Odoo's {SERIES} branch does too: CLUB_ODOO_PATH=/its/folder.",
        )
        return log

    return apt


def complete(prefix: Path) -> None:
    """Mend what the package lacks, and make sure that no link leads nowhere."""
    addons = addons_folders(root_in(prefix))[0]
    missing = addons / MISSING
    missing.parent.mkdir(parents=True, exist_ok=True)
    missing.touch()
    for link in prefix.rglob("*"):
        if link.is_symlink() and not link.exists():
            relink(link, prefix)


def relink(link: Path, prefix: Path) -> None:
    """An absolute link means the system's root: point it into our prefix."""
    target = prefix / os.readlink(link).lstrip("/")
    if not target.exists():
        raise Stop(
            f"Odoo's package links to {os.readlink(link)}, which none of the fetched "
            f"packages has; use a checkout of Odoo's {SERIES} branch instead: "
            "CLUB_ODOO_PATH=/its/folder."
        )
    link.unlink()
    link.symlink_to(os.path.relpath(target, link.parent))


# -- git ---------------------------------------------------------------------------


def fetch_git(folder: Path) -> str:
    if not shutil.which("git"):
        raise Stop(
            f"Odoo {SERIES} is not here and git is not installed to fetch it: install "
            "git, or name a checkout with CLUB_ODOO_PATH=/its/folder."
        )
    with step(f"Odoo {SERIES} by git (about 400 MB)"):
        run(
            ["git", "clone", "--depth=1", f"--branch={SERIES}", REPOSITORY, folder],
            log=paths.LOGS / "git-clone.log",
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            otherwise=f"Odoo {SERIES} could not be cloned; name a checkout of it with "
            "CLUB_ODOO_PATH=/its/folder.",
        )
    head = ["git", "-C", folder, "rev-parse", "HEAD"]
    return "git " + subprocess.check_output(head, text=True).strip()
