"""Import the demo club's files into a database: DATABASE FOLDER."""

import sys
from pathlib import Path

from club_dev.inside.odoo_env import odoo_env
from demo_club.load import load

if __name__ == "__main__":
    database, folder = sys.argv[1:]
    with odoo_env(database) as env:
        load(env, Path(folder))
