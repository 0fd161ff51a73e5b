from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from .club_referral_bind import Touch


class ResPartner(models.Model):
    """Who has brought whom, as ``club.referral`` says."""

    _inherit = "res.partner"

    club_referrer_id = fields.Many2one(
        "res.partner",
        string="Referred By",
        index="btree_not_null",
        ondelete="set null",
        domain=[("is_company", "=", False)],
        help="The person who brought this one to the club.",
        groups="club_community.group_club_user",
    )
    club_referred_ids = fields.One2many(
        "res.partner",
        "club_referrer_id",
        string="Brought to the Club",
        groups="club_community.group_club_user",
    )
    club_referral_ids = fields.One2many(
        "club.referral",
        "referrer_id",
        string="People Brought",
        groups=CLUB_USER,
    )
    club_was_referred_ids = fields.One2many(
        "club.referral",
        "referred_id",
        string="Was Brought",
        groups=CLUB_USER,
    )

    @api.model_create_multi
    def create(self, vals_list):
        people = super().create(vals_list)
        if not self.env.context.get("club_bound"):
            brought = [
                person
                for person, vals in zip(people, vals_list, strict=True)
                if vals.get("club_referrer_id")
            ]
            self.browse().concat(*brought)._club_note_referrer()
        return people

    def write(self, vals):
        """Whoever types who has brought somebody makes a binding.

        :raise ValidationError: somebody would have brought himself, or is held by
            another whom he may be taken from with a reason only
        """
        context = self.env.context
        if not vals.get("club_referrer_id", True) and context.get("import_file"):
            # an empty cell of a file does not know; it is no word against somebody
            vals = {n: value for n, value in vals.items() if n != "club_referrer_id"}
        if "club_referrer_id" not in vals or context.get("club_bound"):
            return super().write(vals)
        # sudo: what is compared is theirs to see whoever may write it
        changed = self.filtered(
            lambda p: p.sudo().club_referrer_id.id
            != (vals["club_referrer_id"] or False)
        )
        changed._club_check_referrer(vals["club_referrer_id"])
        res = super().write(vals)
        changed._club_note_referrer()
        return res

    def _club_check_referrer(self, referrer_id):
        # sudo: a chain goes on where somebody may see a part of it only
        people_sudo = self.sudo()
        referrer_sudo = people_sudo.browse(referrer_id or [])
        if self & referrer_sudo._club_chain_up().sudo(False):
            raise ValidationError(
                self.env._(
                    "Nobody can be brought to the club by himself or by somebody "
                    "whom he brought."
                )
            )
        if held := people_sudo.filtered("club_referrer_id"):
            raise ValidationError(
                self.env._(
                    "%(person)s was brought by %(referrer)s. To change that, press "
                    "“Change Who Brought” on the person and say why.",
                    person=held[0].name,
                    referrer=held[0].club_referrer_id.name,
                )
            )

    def _club_note_referrer(self):
        """Somebody of the club, or a file, says who has brought these people."""
        if not self:
            return
        is_file = self.env.context.get("import_file")
        # sudo: bindings are the flows' own
        self.env["club.referral"].sudo()._bind(
            [
                Touch(
                    person.club_referrer_id,
                    person,
                    way="import" if is_file else "manager",
                    company=person.company_id or None,
                )
                for person in self.sudo()
                if person.club_referrer_id
            ]
        )

    def _club_chain_up(self):
        """These people, who brought them, who brought those ... up to the top."""
        chains = self._club_chains_up()
        return self.browse(sorted(set().union(*chains.values())))

    def _club_chains_up(self):
        """``{id: ids of the person and of everybody above}``, in one query."""
        self.flush_model(["club_referrer_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above AS (
                    SELECT id AS start, id, club_referrer_id
                      FROM res_partner WHERE id = ANY(%s)
                     UNION
                    SELECT a.start, p.id, p.club_referrer_id
                      FROM above a JOIN res_partner p ON p.id = a.club_referrer_id
                )
                SELECT start, array_agg(id) FROM above GROUP BY start
                """,
                self.ids,
            )
        )
        return dict(rows)
