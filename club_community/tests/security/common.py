from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from ..common import ClubCommon


class RightsCommon(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls._create_company(name="Other club")
        firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.member.parent_id = firm
        portal = "base.group_portal"
        cls.member_user = cls._portal_user(cls.member)
        cls.colleague_user = new_test_user(cls.env, "club_colleague", portal)
        cls.colleague_user.partner_id.parent_id = firm
        cls.member.club_manager_id = cls.personal_manager
        cls.roles = {
            "public": cls.env.ref("base.public_user"),
            "portal_member": cls.member_user,
            "portal_colleague": cls.colleague_user,
            "employee": cls.employee,
            "salesman": cls.salesman,
            "manager_own": cls.personal_manager,
            "manager_other": new_test_user(
                cls.env, "club_pm_other", "club_community.group_club_user"
            ),
            "club_manager": cls.club_manager,
            "club_admin": cls.club_admin,
            "foreign_manager": new_test_user(
                cls.env,
                "club_foreign",
                "club_community.group_club_manager",
                company_id=cls.company_b.id,
                company_ids=[Command.set(cls.company_b.ids)],
            ),
        }

    @classmethod
    def _portal_user(cls, partner):
        return new_test_user(
            cls.env, "club_member", "base.group_portal", partner_id=partner.id
        )

    def _is_refused(self, step):
        """Whether a step ends in an AccessError; what it did is undone."""
        self.env.flush_all()
        self.env.invalidate_all()
        savepoint = self.env.cr.savepoint()
        try:
            step()
            self.env.flush_all()
        except AccessError:
            return True
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return False

    def _rpc(self, role, model, method, *args, **kwargs):
        """Call a method as a client does, with the rights of a role."""
        user = self.roles[role]
        context = {"allowed_company_ids": user.sudo().company_ids.ids}
        self.env.invalidate_all()  # as in a request of its own
        env = self.env(user=user, su=False, context=context)
        return call_kw(env[model], method, args, kwargs)
