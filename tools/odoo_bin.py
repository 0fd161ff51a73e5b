"""Odoo's command line as a script, as ``odoo-bin`` is.

``python -m odoo`` serves as well until there are workers: their master starts the
event server by this script's name, and Odoo's own ``__main__`` cannot be started so.
It would be tried again many times a second, all day.
"""

from odoo.cli.command import main

if __name__ == "__main__":
    main()
