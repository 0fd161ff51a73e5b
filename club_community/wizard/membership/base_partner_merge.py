from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import period


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep every period of the merged contacts, or refuse before anything moves.

        Stock moves foreign keys by SQL and deletes the rows that violate a unique
        constraint; an exclusion constraint it does not know at all.
        """
        self._check_club_periods(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """Keep one number and card, and compute the person's membership anew."""
        # sudo: whoever may merge contacts need not have rights in the club
        src_sudo, dst_sudo = src_partners.sudo(), dst_partner.sudo()
        numbered = src_sudo.filtered("club_number")[:1]
        kept = {
            "club_number": dst_sudo.club_number or numbered.club_number,
            "club_card_token": dst_sudo.club_card_token or numbered.club_card_token,
        }
        src_sudo.write({"club_number": False, "club_card_token": False})
        src_sudo.flush_recordset()
        dst_sudo.write(kept)
        res = super()._update_values(src_partners, dst_partner)
        # the SQL above has moved periods behind the ORM's back
        merged = src_sudo | dst_sudo
        merged.invalidate_recordset()
        merged.modified(["club_membership_ids"])
        return res

    def _check_club_periods(self, partners):
        """Refuse to merge people who are members twice on the same day.

        :raise UserError: names the two periods and what to do
        """
        self.env["club.membership"].flush_model()
        overlap = self.env.execute_query(
            SQL(
                """
                SELECT one.id, other.id
                  FROM club_membership one
                  JOIN club_membership other
                    ON other.id > one.id
                   AND other.company_id = one.company_id
                   AND other.family_id = one.family_id
                   AND daterange(one.date_start, one.date_end, '[]')
                       && daterange(other.date_start, other.date_end, '[]')
                 WHERE one.partner_id = ANY(%(ids)s)
                   AND other.partner_id = ANY(%(ids)s)
                   AND one.state IN %(paid)s
                   AND other.state IN %(paid)s
                 LIMIT 1
                """,
                ids=partners.ids,
                paid=period.PAID_STATES,
            )
        )
        if overlap:
            # sudo: whoever may merge contacts need not have rights in the club
            one, other = self.env["club.membership"].sudo().browse(overlap[0])
            raise UserError(
                self.env._(
                    "These contacts cannot be merged: both have a paid membership on "
                    "the same days (%(one)s; %(other)s). Refund one of them with a "
                    "credit note first.",
                    one=one.display_name,
                    other=other.display_name,
                )
            )
