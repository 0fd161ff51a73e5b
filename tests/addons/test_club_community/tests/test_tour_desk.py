from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTourDesk(HttpCase):
    """Tickets at the door: valid, already in, cancelled, given away, unknown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ru_RU")
        cls.env["ir.module.module"].search(
            [("name", "=", "club_community")]
        )._update_translations(["ru_RU"])
        now = fields.Datetime.now()
        cls.event = cls.env["event.event"].create(
            {
                "name": "Ball",
                "date_begin": now - timedelta(hours=1),
                "date_end": now + timedelta(hours=3),
                "event_mail_ids": False,
            }
        )
        cls.desk = new_test_user(
            cls.env, "desk", "event.group_event_registration_desk", password="desk-desk"
        )

    def _register(self, name, barcode):
        registration = self.env["event.registration"].create(
            {"event_id": self.event.id, "name": name}
        )
        registration.barcode = barcode
        return registration

    def _desk_in(self, language):
        self.desk.lang = language
        valid = self._register("Vera", "desk-valid")
        cancelled = self._register("Ivan", "desk-cancelled")
        cancelled.action_cancel()
        given = self._register("Olga", "desk-old")
        given.write({"barcode": "desk-new", "name": "Petr"})
        self.start_tour(
            f"/odoo/action-event.event_barcode_action_main_view"
            f"?default_event_id={self.event.id}",
            f"club_desk_{language[:2]}",
            login="desk",
        )
        self.env.invalidate_all()
        self.assertEqual((valid.state, given.state), ("done", "done"))
        self.assertEqual(cancelled.state, "cancel")
        rows = valid.club_checkin_ids
        self.assertEqual((rows.gate, rows.user_id), ("North", self.desk))

    def test_in_english(self):
        self._desk_in("en_US")

    def test_in_russian(self):
        self._desk_in("ru_RU")
