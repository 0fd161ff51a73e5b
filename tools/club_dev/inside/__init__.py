"""Scripts that need Odoo or its libraries: run with the environment's Python.

They are started by the rest of the program as ``python -m club_dev.inside.NAME``.
"""
