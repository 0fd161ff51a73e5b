from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...tools import referral_code
from ...tools.period import LIVE_STATES
from ..membership.res_partner import CLUB_USER

TRIES = 10


class ResPartner(models.Model):
    """A member's own code and link (S0.11). Whoever has the link, has the code."""

    _inherit = "res.partner"

    club_referral_code = fields.Char(
        string="Referral Code",
        readonly=True,
        copy=False,
        prefetch="club_profile",
        groups=CLUB_USER,
        help="Said on the telephone or typed at the application, in Latin or Russian "
        "letters: “LAMI-TOKA”.",
    )

    _club_referral_code_idx = models.UniqueIndex(
        "(club_referral_code) WHERE club_referral_code IS NOT NULL",
        "Two members cannot have the same code.",
    )

    def _club_give_codes(self):
        """Give a code to those of these people who have none; it never changes."""
        self.flush_model(["club_referral_code"])
        missing = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT id FROM res_partner"
                    " WHERE id = ANY(%s) AND club_referral_code IS NULL ORDER BY id",
                    self.ids,
                )
            )
        ]
        for _try in range(TRIES):
            if not missing:
                break
            codes = [referral_code.make() for _person in missing]
            # two alike in one statement would both be taken: the later gets another
            given = self.env.execute_query(
                SQL(
                    """
                    UPDATE res_partner p SET club_referral_code = fresh.code
                      FROM (SELECT DISTINCT ON (code) id, code
                              FROM unnest(%s::int[], %s::text[]) AS c(id, code)) fresh
                     WHERE p.id = fresh.id AND p.club_referral_code IS NULL
                       AND NOT EXISTS (SELECT FROM res_partner other
                                        WHERE other.club_referral_code = fresh.code)
                       AND NOT EXISTS (SELECT FROM club_referral_old_code old
                                        WHERE old.code = fresh.code)
                 RETURNING p.id
                    """,
                    missing,
                    codes,
                )
            )
            missing = sorted(set(missing) - {row[0] for row in given})
        if missing:
            raise ConcurrencyError(self.env._("No free code was found: try again."))
        self.invalidate_recordset(["club_referral_code"], flush=False)

    def _club_referral_url(self):
        """The personal link; it needs neither the website nor a cookie."""
        self.ensure_one()
        # sudo: a member has no rights on the column
        return f"{self.get_base_url()}/club/r/{self.sudo().club_referral_code}"

    @api.model
    def _club_owner_of_code(self, code):
        """Whose code this is, whatever he may do with it; called with raised rights."""
        return self.search([("club_referral_code", "=", code)])

    @api.model
    def _club_by_code(self, text, company=None):
        """Whose code somebody typed, or came with.

        :param text: as it was typed, in either alphabet
        :param company: the ``res.company`` whose programme is asked
        :return: a ``res.partner`` with raised rights; an empty one where the code is
            nobody's, or of somebody who may not bring people by the programme
        """
        # sudo: visitors have no rights on contacts
        nobody_sudo = self.sudo().browse()
        code = referral_code.read(text)
        program_sudo = self.env["club.referral.program"]._in_force(
            company or self.env.company
        )
        if not code or not program_sudo:
            return nobody_sudo
        found_sudo = nobody_sudo._club_owner_of_code(code)
        if program_sudo.who == "members":
            found_sudo = found_sudo.filtered(lambda p: p.club_state in LIVE_STATES)
        return found_sudo


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _on_activated(self):
        res = super()._on_activated()
        # sudo: whoever pays has no rights on contacts
        self.sudo().partner_id._club_give_codes()
        return res
