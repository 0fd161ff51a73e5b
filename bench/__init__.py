"""How fast ours is, each number beside stock Odoo's of the same run."""
