"""What each command needs, in the order in which one thing needs the other."""

from . import database, odoo, odoo_source, paths, postgres, python_env


def linters() -> None:
    """The environment alone."""
    paths.ensure_home()
    python_env.ensure()


def everything() -> None:
    """Environment, Odoo, a running database server, Odoo's configuration."""
    linters()
    odoo_source.ensure()
    postgres.ensure()
    odoo.write_config()
    database.sweep()
