"""An Odoo environment on a database, for scripts."""

import contextlib
from collections.abc import Iterator

import odoo.api
from odoo.modules.registry import Registry
from odoo.tools import config


@contextlib.contextmanager
def odoo_env(database: str, *options: str) -> Iterator[odoo.api.Environment]:
    """Yield the superuser's environment; commit when the block ends well."""
    arguments = ["-d", database, "--no-http", *options]
    config.parse_config(arguments, setup_logging=True)
    with Registry(database).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
