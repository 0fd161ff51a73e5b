"""Databases in seconds: each is a copy of a template that is built once.

A template is a stack of layers, each built on a copy of the one below it:

1. ``stock``  the stock modules our addons stand on, without ours (slow, rarely
   changes: it knows only the Odoo version and the list of modules),
2. ``lang``   a second language,
3. ``extra``  further stock modules asked for (payment_demo, event_sale...),
4. ``ours``   our addons (quick; built anew when their files change),
5. ``people`` the demo club,
6. ``oca``    OCA's membership, to come from and to measure beside.

A layer's name holds a hash of everything below and in it, so a change anywhere
builds just what stands on it. A database under work ends in ``_new`` and gets its
real name when it is whole: what Ctrl-C leaves is dropped by the next run.
"""

import functools
import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import addons, oca, odoo, odoo_source, paths, people, postgres
from .console import Stop, run, step
from .locks import locked

PREFIX = "club_tpl_"
KEPT = 14  # templates; each takes 60 to 150 MB
LANGUAGES = {"ru": "ru_RU"}
# As in databases that Odoo makes itself (odoo/service/db.py).
EXTENSIONS = ("pg_trgm",)
# The form of names that need no quoting, nowhere; it also keeps ours apart.
NAME = re.compile(r"^(?!club_(tpl|tmp)_)[a-z][a-z0-9_]{0,50}$")


@dataclass(frozen=True)
class Recipe:
    """What shall be in a database."""

    install: tuple[str, ...] = ()
    bare: bool = False  # without our addons: stock Odoo to compare with
    people: bool = False  # the demo club
    odoo_demo: bool = False  # Odoo's own small demo data
    lang: str = ""
    oca: bool = False  # OCA's membership; start Odoo with ``oca.config()``

    def layers(self) -> list["Layer"]:
        main_stock = addons.split([addons.MAIN])[1] if addons.ours() else ["base"]
        asked, extra = addons.split(self.install)
        if self.bare and asked:
            raise Stop(f"A bare database has none of {', '.join(asked)}: drop --bare.")
        mine = addons.split([addons.MAIN, *asked])[0] if addons.ours() else []
        beyond = sorted({*extra, *addons.split(mine)[1]} - set(main_stock))
        demo = ["--with-demo"] if self.odoo_demo else []
        facts = [main_stock, demo, EXTENSIONS]
        found = [Layer("stock", _installer(main_stock, demo), facts)]
        found[0].facts.append(odoo_source.version(odoo_source.ensure()))
        if self.lang:
            code = language_code(self.lang)
            found.append(Layer("lang", _language_loader(code), [code]))
        if beyond:
            found.append(Layer("extra", _installer(beyond, demo), [beyond]))
        if mine and not self.bare:
            facts = [mine, addons.fingerprint()]
            found.append(Layer("ours", _installer(mine, demo), facts))
        if self.people and people.are_here():
            found.append(Layer("people", people.load, [people.fingerprint()]))
        if self.oca:
            build = _installer([oca.MODULE], demo, oca.config)
            found.append(Layer("oca", build, [oca.MODULE, oca.fingerprint()]))
        return found


@dataclass
class Layer:
    """One step of the way to a template."""

    title: str
    build: Callable[[str], None]
    facts: list = field(default_factory=list)


def language_code(lang: str) -> str:
    return LANGUAGES.get(lang, lang)


def _installer(
    modules: Iterable[str],
    options: Iterable[str],
    config: Callable[[], Path] = lambda: paths.CONFIG,
) -> Callable:
    def build(database: str) -> None:
        chosen = ("-c", config(), "-i", ",".join(modules), *options)
        run_odoo(database, *map(str, chosen))

    return build


def _language_loader(code: str) -> Callable:
    def build(database: str) -> None:
        run(
            odoo.command("i18n", "loadlang", "-d", database, "-l", code),
            log=paths.LOGS / f"{database}.log",
            env=odoo.environment(),
            otherwise=f"The language {code} could not be loaded.",
        )

    return build


def run_odoo(database: str, *arguments: str) -> None:
    """Let Odoo install or update in ``database``, and no more."""
    run(
        odoo.command("server", "-d", database, "--stop-after-init", "--no-http")
        + ["--max-cron-threads=0", *arguments],
        log=paths.LOGS / f"{database}.log",
        env=odoo.environment(),
        otherwise=f"Odoo failed with {' '.join(arguments)}.",
    )


# -- Templates ---------------------------------------------------------------------


def template(recipe: Recipe) -> str:
    """Name of the template for ``recipe``; it is built if it is not there."""
    name = ""
    for layer in recipe.layers():
        below, name = name, _template_name(layer, name)
        if not _is_ready(name):
            with locked(name):
                if not _is_ready(name):
                    _build(layer, name, below)
        (paths.TEMPLATES / name).touch()
    return name


def _template_name(layer: Layer, below: str) -> str:
    # The folder too: two clones may share the server that PGHOST names.
    facts = [str(paths.HOME), below, layer.title, layer.facts]
    text = json.dumps(facts, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{PREFIX}{layer.title}_{digest}"


def _is_ready(name: str) -> bool:
    return (paths.TEMPLATES / name).exists() and exists(name)


def _build(layer: Layer, name: str, below: str) -> None:
    _drop_old_templates()
    making = f"{name}_new"
    drop(making)
    drop(name)
    with step(f"Template database: {_describe(layer)}"):
        _copy(below, making)
        layer.build(making)
        _rename(making, name)
        postgres.sql(f"ALTER DATABASE {name} IS_TEMPLATE true")
    (paths.TEMPLATES / name).touch()


def _describe(layer: Layer) -> str:
    what = layer.facts[0] if layer.title != "people" else "the demo club"
    return ", ".join(what) if isinstance(what, list) else what


def _drop_old_templates() -> None:
    """Keep the templates used last; a layer below a kept one is kept with it,
    for it was touched in the same moment."""
    used = sorted(paths.TEMPLATES.iterdir(), key=lambda mark: mark.stat().st_mtime)
    for mark in used[:-KEPT]:
        with locked(mark.name, wait=False) as held:
            if held:
                drop(mark.name)
                mark.unlink(missing_ok=True)


def sweep() -> None:
    """Drop what killed runs have left: half-made templates, databases of tests."""
    for name in _names_like(f"{PREFIX}%\\_new"):
        with locked(name.removesuffix("_new"), wait=False) as held:
            if held:
                drop(name)
    for name in _names_like("club\\_tmp\\_%"):
        if not _is_running(int(name.split("_")[-2])):
            drop(name)


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


# -- Databases ---------------------------------------------------------------------


def create(name: str, recipe: Recipe) -> None:
    """Make the database ``name`` as ``recipe`` says."""
    source = template(recipe)
    # Held, so that another run cannot drop this template meanwhile.
    with locked(source):
        _copy(source, name)
    if recipe.lang:
        code = language_code(recipe.lang)
        postgres.sql(
            f"UPDATE res_partner SET lang = '{code}' "
            "WHERE id IN (SELECT partner_id FROM res_users)",
            name,
        )


def check_name(name: str) -> str:
    if NAME.match(name):
        return name
    raise Stop(
        f"'{name}' cannot name a database here: use small letters, digits and "
        f"underscores, a letter first, and not club_tpl_ or club_tmp_"
    )


def exists(name: str) -> bool:
    return bool(_names_like(name.replace("_", r"\_")))


def _names_like(pattern: str) -> list[str]:
    return postgres.sql(
        f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}'"
    )


def drop(name: str) -> None:
    """Drop the database and its files, even while somebody is connected."""
    if exists(name):
        postgres.sql(f"ALTER DATABASE {name} IS_TEMPLATE false")
        postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(paths.FILESTORE / name, ignore_errors=True)


_count = itertools.count()


def unused_name(stem: str) -> str:
    """A name for a database that this process makes and drops (see ``sweep``)."""
    return f"club_tmp_{stem}_{os.getpid()}_{next(_count)}"


def _copy(source: str, target: str) -> None:
    """Copy database and filestore; without a source make an empty database."""
    if not source:
        postgres.sql(f"CREATE DATABASE {target} TEMPLATE template0 ENCODING 'UTF8'")
        for name in EXTENSIONS:
            postgres.sql(f"CREATE EXTENSION IF NOT EXISTS {name}", target)
        return
    postgres.sql(f"CREATE DATABASE {target} TEMPLATE {source} {_strategy()}")
    files = paths.FILESTORE / source
    if files.exists():
        # Odoo never writes into a stored file, it makes new ones: links do.
        shutil.rmtree(paths.FILESTORE / target, ignore_errors=True)
        shutil.copytree(files, paths.FILESTORE / target, copy_function=_link)


@functools.cache
def _strategy() -> str:
    """Copy files instead of logging each page: a third of the time."""
    return "STRATEGY file_copy" if postgres.version() >= 15 else ""


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def _rename(old: str, new: str) -> None:
    postgres.sql(f"ALTER DATABASE {old} RENAME TO {new}")
    shutil.rmtree(paths.FILESTORE / new, ignore_errors=True)
    if (paths.FILESTORE / old).exists():
        (paths.FILESTORE / old).rename(paths.FILESTORE / new)
