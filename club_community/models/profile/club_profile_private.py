from odoo import api, fields, models
from odoo.tools import SQL

from .club_profile_point import CONFIDENTIAL


class ClubProfilePrivate(models.Model):
    """The confidential sheet of a person: money, values, ways to decide (S3.10).

    A table of its own and not columns of the contact: record rules then decide who
    sees it, in every screen, export, domain and group at once; a column's groups
    cannot tell a member's own manager from another. Each reading is noted.
    """

    _name = CONFIDENTIAL
    _description = "Confidential Sheet"
    _inherit = ["club.profile.recorded"]
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    # --- Money and services
    segment = fields.Selection(
        [
            ("mass", "Mass"),
            ("affluent", "Well-off"),
            ("premium", "Premium"),
            ("private", "Private"),
        ],
    )
    service_here_ids = fields.Many2many(
        "club.service",
        "club_private_service_here_rel",
        string="Uses Here",
        help="Products and services of ours that the person uses.",
    )
    service_elsewhere_ids = fields.Many2many(
        "club.service",
        "club_private_service_elsewhere_rel",
        string="Uses Elsewhere",
    )
    elsewhere_where = fields.Char(
        string="Where Else", help="With whom, and what is better there."
    )
    horizon = fields.Selection(
        [
            ("short", "Up to a year"),
            ("middle", "One to three years"),
            ("long", "Three to ten years"),
            ("heirs", "For the next generation"),
        ],
        string="Investment Horizon",
    )
    deciders = fields.Char(
        string="Who Decides", help="Who else has a say where money is concerned."
    )
    # --- What sort of person: his own consented answers only
    values = fields.Char(help="What matters most, in the person's own words.")
    decision_style = fields.Selection(
        [
            ("fast", "Fast, by feeling"),
            ("facts", "Slowly, by facts"),
            ("advice", "After talking with others"),
            ("delegate", "Leaves it to somebody trusted"),
        ],
    )
    risk = fields.Selection(
        [
            ("avoid", "Keeps what there is"),
            ("balance", "A little risk is fine"),
            ("seek", "Likes risk"),
        ],
        string="Attitude to Risk",
    )
    life_style = fields.Selection(
        [
            ("home", "Home and family"),
            ("work", "Work above all"),
            ("active", "Sport and adventure"),
            ("culture", "Art and learning"),
            ("social", "People and parties"),
        ],
    )
    talk_style = fields.Selection(
        [
            ("short", "Short and to the point"),
            ("detail", "With all details"),
            ("warm", "Warm and personal"),
            ("formal", "Formal"),
        ],
        string="How to Talk",
    )
    drives = fields.Char(
        string="What Drives", help="What gives the person energy, in his own words."
    )

    _one_per_person = models.UniqueIndex(
        "(partner_id)", "This person has a confidential sheet already."
    )

    def _club_people(self):
        return {sheet: sheet.partner_id for sheet in self}

    def write(self, vals):
        """Of two who write at once the second must see the first's facts."""
        # sudo: whoever may write a sheet need not have rights on the person
        self.sudo().partner_id._club_take()
        return super().write(vals)

    @api.model
    def _sheet_of(self, partner):
        """The person's sheet; it is made where there is none yet."""
        partner._club_take()
        sheet = self.search([("partner_id", "=", partner.id)])
        return sheet or self.create({"partner_id": partner.id})

    def _fetch_query(self, query, fields):
        """Whoever reads is noted: also in exports, over RPC and behind a many2one."""
        sheets = super()._fetch_query(query, fields)
        if sheets and not self.env.su:  # sudo: below, only to name the people
            self.env["club.profile.access"]._note(sheets.sudo().partner_id)
        return sheets


class ClubProfileAccess(models.Model):
    """Who has read whose confidential sheet: a row per person, reader and hour."""

    _name = "club.profile.access"
    _description = "Reading of a Confidential Sheet"
    _order = "read_at desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", string="Read By", required=True, ondelete="cascade"
    )
    read_at = fields.Datetime(string="Read On", required=True)

    _hourly = models.UniqueIndex("(partner_id, user_id, date_trunc('hour', read_at))")

    @api.model
    def _note(self, partners):
        """Note that the user reads the sheets of some people.

        SQL, since reading may not flush, and a second reading in the same hour is
        no conflict but no news. On a read replica the statement fails and Odoo runs
        the request again on the main database.
        """
        if not partners:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO club_profile_access (partner_id, user_id, read_at)
                SELECT unnest(%s), %s, %s
                ON CONFLICT DO NOTHING
                """,
                partners.ids,
                self.env.uid,
                fields.Datetime.now(),
            )
        )
