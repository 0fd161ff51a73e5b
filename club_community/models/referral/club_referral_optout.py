from odoo import api, fields, models
from odoo.tools import SQL, email_normalize


class ClubReferralOptout(models.Model):
    """Who has said that he does not want to be invited; whoever invites him later.

    For ever, by the e-mail in its normal form: it is all that is kept of him. Stock's
    list of refused mailings is asked, too, but not written: somebody who joins by
    himself one day gets the club's letters like everybody else.
    """

    _name = "club.referral.optout"
    _description = "Does Not Want to Be Invited"
    _order = "id desc"
    _rec_name = "email_normalized"

    email_normalized = fields.Char(string="E-mail", required=True, readonly=True)

    _once = models.UniqueIndex(
        "(email_normalized)", "The owner of this e-mail has said no already."
    )

    @api.model
    def _add(self, email):
        """Keep a no; a second one is no news, also of another worker."""
        if normal := email_normalize(email):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO club_referral_optout
                           (email_normalized, create_uid, create_date)
                    VALUES (%s, %s, now() AT TIME ZONE 'UTC')
                        ON CONFLICT (email_normalized) DO NOTHING
                    """,
                    normal,
                    self.env.uid,
                )
            )

    @api.model
    def _refusing(self, emails):
        """Those of these e-mails, in normal form, whose owners are not written to."""
        # sudo: a member has no rights on who has refused what
        said_no = self.sudo().search([("email_normalized", "in", emails)])
        listed = self.env["mail.blacklist"].sudo().search([("email", "in", emails)])
        return {*said_no.mapped("email_normalized"), *listed.mapped("email")}
