from importlib import util

from odoo.tests import tagged
from odoo.tools.misc import file_path

from .common import JourneyCommon

SCRIPT = "club_community/migrations/19.0.6.0.0/post-stage_approved.py"


@tagged("post_install", "-at_install")
class TestStageNames(JourneyCommon):
    """A stage of an older version gets the name that is said of a person."""

    def _migrate(self):
        spec = util.spec_from_file_location("post_stage_approved", file_path(SCRIPT))
        script = util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.5.0.0")

    def test_the_old_name_goes(self):
        stage = self.env.ref("club_community.club_stage_approved")
        self.env["res.lang"]._activate_lang("ru_RU")
        stage.name = "Approved"
        stage.with_context(lang="ru_RU").name = "Одобрена"
        self._migrate()
        self.assertEqual(stage.name, "Application approved")
        self.assertEqual(stage.with_context(lang="ru_RU").name, "Заявка одобрена")

    def test_the_clubs_own_name_stays(self):
        stage = self.env.ref("club_community.club_stage_approved")
        stage.name = "The board said yes"
        self._migrate()
        self.assertEqual(stage.name, "The board said yes")
