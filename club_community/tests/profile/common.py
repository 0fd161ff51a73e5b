from odoo.tests import TransactionCase, new_test_user


class ProfileCommon(TransactionCase):
    """One person of the club with his manager; no company that invoices is needed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = "club_community.group_club_user"
        cls.manager = new_test_user(cls.env, "profile_pm", user)
        cls.other_manager = new_test_user(cls.env, "profile_other", user)
        cls.club_manager = new_test_user(
            cls.env, "profile_head", "club_community.group_club_manager"
        )
        cls.employee = new_test_user(cls.env, "profile_employee", "base.group_user")
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Anna Petrova",
                "email": "anna@example.com",
                "club_manager_id": cls.manager.id,
            }
        )
        cls.Value = cls.env["club.profile.value"]

    @classmethod
    def _point(cls, key):
        return cls.env["club.profile.point"].search([("key", "=", key)])

    def _rows(self, key, person=None):
        """The ledger of one point, newest last."""
        return self.Value.search(
            [
                ("partner_id", "=", (person or self.person).id),
                ("point_id", "=", self._point(key).id),
            ],
            order="id",
        )

    def _give(self, code, person=None, given=True):
        """The person's answer to a purpose."""
        purpose = self.env["club.consent.purpose"]._get(code)
        return (person or self.person)._club_answer_consent(purpose, given, "member")
