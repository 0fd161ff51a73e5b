"""The program behind ./dev: everything around the addon, nothing of the addon.

Who looks for something finds it by its name:

========================  ====================================================
``cli``                   the commands and their options
``setup``                 what each command needs, made in the right order
``python_env``            the virtual environment, from the lock file
``odoo_source``           where Odoo comes from
``postgres``              the database server: private, or the one PGHOST names
``database``              template databases and their copies
``people``                the demo club in a database
``odoo``                  Odoo's own command line and server
``testing`` ``linting``   what ``./dev test`` and ``./dev lint`` do
``translation``           the .pot and .po files
``benching``              ratios against stock Odoo
``oca``                   OCA's membership, for tests and benches alone
``console`` ``paths``     words on the screen, places on the disk
``locks``                 two runs at once
``inside``                the few scripts that run within Odoo or its libraries
========================  ====================================================

Everything but ``inside`` uses the standard library alone, for it runs before
anything is installed.
"""
