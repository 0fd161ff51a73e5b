"""The commands of ./dev. Each says what it does; the work is done elsewhere."""

import argparse
import os
import shlex
import signal
import sys

from . import (
    benching,
    database,
    docs,
    linting,
    oca,
    odoo,
    postgres,
    serve,
    setup,
    testing,
    translation,
)
from .console import Stop, errors_as_sentences, say, step


def main(arguments: list[str]) -> int:
    # Ended politely, we end our children and drop our databases too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with errors_as_sentences():
        options, rest = parser().parse_known_args(arguments)
        if rest and not options.takes_rest:
            parser().error(f"unrecognized arguments: {' '.join(rest)}")
        if options.takes_rest:
            # argparse would swallow a "--" and reorder what belongs to others.
            options.rest = arguments[arguments.index(options.command) + 1 :]
        return options.run(options) or 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="./dev",
        description="Everything around Club Community: Odoo 19, a database server "
        "and a club to look at, in one git-ignored folder (.dev, or CLUB_DEV_HOME).",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, function, text, *, takes_rest=False):
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            allow_abbrev=False,
            add_help=not takes_rest,
        )
        command.set_defaults(run=function, takes_rest=takes_rest)
        return command

    demo_options = add("demo", demo, "a served club to look at").add_argument
    demo_options("--port", type=int, default=8069)
    demo_options("--lang", default="", help="ru: the club speaks Russian")
    demo_options("--reset", action="store_true", help="make the database anew")
    demo_options("--no-serve", action="store_true", help="make it, start nothing")

    add("test", test, "all linters and tests, or those pytest is told", takes_rest=True)
    lint_options = add("lint", lint, "the linters").add_argument
    lint_options("--fix", action="store_true", help="mend and format first")
    add(
        "bench",
        bench,
        "ratios against stock Odoo: [NAME] [--json FILE]",
        takes_rest=True,
    )
    i18n_options = add("i18n", i18n, "export and merge the translations").add_argument
    i18n_options("--check", action="store_true", help="only say what is not in order")

    docs_options = add("docs", docs_pages, "write the pages made from the addon")
    docs_options.add_argument("--check", action="store_true", help="only look")

    add("db", db, "a database in seconds").add_argument("name", metavar="NAME")
    option = commands.choices["db"].add_argument
    option("--demo", action="store_true", help="with the demo club of 1,750 people")
    option("--with-demo", action="store_true", help="with Odoo's own demo data")
    option("--install", metavar="A,B", default="", help="further modules")
    option("--bare", action="store_true", help="without our addons: stock Odoo")
    option("--oca", action="store_true", help="with OCA's membership, see oca.py")
    option("--lang", default="", help="ru, or another code: load it and use it")
    option("--reset", action="store_true", help="drop it first if it exists")
    option("--drop", action="store_true", help="drop it, and that is all")

    add("odoo", odoo_command, "Odoo's own command line", takes_rest=True)
    add("shell", shell, "Odoo's Python shell").add_argument("name", metavar="DB")
    add("env", env, 'print the variables: eval "$(./dev env)"')
    add("stop", stop, "stop the private database server")
    return top


def demo(options: argparse.Namespace) -> None:
    setup.everything()
    if not options.no_serve:
        serve.refuse_taken(options.port)
    serve.prepare(options.lang, options.reset)
    if not options.no_serve:
        serve.serve(options.port)


def test(options: argparse.Namespace) -> int:
    return testing.run(options.rest)


def lint(options: argparse.Namespace) -> None:
    setup.linters()
    if options.fix:
        linting.fix()
    linting.check_all()


def bench(options: argparse.Namespace) -> int:
    setup.everything()
    return benching.run(options.rest)


def i18n(options: argparse.Namespace) -> None:
    setup.everything()
    if options.check:
        translation.check_or_stop()
    else:
        translation.update()


def docs_pages(options: argparse.Namespace) -> None:
    setup.everything()
    if options.check:
        docs.check_or_stop()
    else:
        docs.update()


def db(options: argparse.Namespace) -> None:
    name = database.check_name(options.name)
    setup.everything()
    if options.drop:
        database.drop(name)
        return
    if database.exists(name):
        if not options.reset:
            raise Stop(f"There is a database {name}: --reset makes it anew.")
        database.drop(name)
    recipe = database.Recipe(
        install=tuple(filter(None, options.install.split(","))),
        bare=options.bare,
        people=options.demo,
        odoo_demo=options.with_demo,
        lang=options.lang,
        oca=options.oca,
    )
    database.template(recipe)
    with step(f"Database {name}"):
        database.create(name, recipe)
    config = f" -c {oca.config()}" if options.oca else ""
    say(f"Serve it: ./dev odoo server -d {name}{config}")


def odoo_command(options: argparse.Namespace) -> None:
    setup.everything()
    odoo.replace_process(options.rest)


def shell(options: argparse.Namespace) -> None:
    setup.everything()
    odoo.replace_process(["shell", "-d", options.name, "--no-http"])


def env(_options: argparse.Namespace) -> None:
    setup.everything()
    for name in odoo.MISLEADING:
        if name not in ("USER", "HOST") and name in os.environ:
            print(f"unset {name}")
    for name, value in odoo.variables().items():
        print(f"export {name}={shlex.quote(value)}")


def stop(_options: argparse.Namespace) -> None:
    stopped = postgres.stop()
    say("Stopped." if stopped else "No private database server was running.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
