from odoo import SUPERUSER_ID, api

# A stage says where a person stands; its name was that of an application's state.
NAMES = {
    "en_US": ("Approved", "Application approved"),
    "ru_RU": ("Одобрена", "Заявка одобрена"),
}


def migrate(cr, version):
    """Give the stage "Approved" a name of its own, unless the club has renamed it."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    stage = env.ref("club_community.club_stage_approved", raise_if_not_found=False)
    if not stage:
        return
    for code, (old, new) in NAMES.items():
        if env["res.lang"]._get_code(code):
            spoken = stage.with_context(lang=code)
            if spoken.name == old:
                spoken.name = new
