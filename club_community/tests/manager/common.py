from odoo import Command
from odoo.tests import new_test_user

from ..journey.common import JourneyCommon


class ManagerCommon(JourneyCommon):
    """Three managers of the club with a capacity, and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("share", "=", False)]).club_capacity = 0
        cls.anna, cls.boris, cls.clara = (
            new_test_user(
                cls.env,
                f"club_{name.lower()}",
                "club_community.group_club_user",
                name=name,
                email=f"{name.lower()}@club.example",
                club_capacity=10,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name in ("Anna M", "Boris M", "Clara M")
        )
        cls.club_manager.write(
            {
                "company_ids": [Command.set(cls.company.ids)],
                "company_id": cls.company.id,
            }
        )

    @classmethod
    def _given(cls, count, manager, **vals):
        people = cls._people(count, **vals)
        people.club_manager_id = manager
        return people

    def _count_queries(self, step):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        step()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
