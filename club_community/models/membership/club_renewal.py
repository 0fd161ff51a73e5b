from odoo import api, fields, models
from odoo.tools import SQL


class ClubRenewal(models.Model):
    """The renewal pipeline (S3.09): periods whose window is open, by urgency.

    A view of the memberships and not a table of its own: nothing has to be kept in
    step, and it is right on any day. The id is the membership's.
    """

    _name = "club.renewal"
    _description = "To Renew"
    _auto = False
    _order = "date_end, id"
    _rec_name = "partner_id"
    _depends = {
        "club.membership": [
            "partner_id",
            "plan_id",
            "company_id",
            "family_id",
            "state",
            "date_start",
            "date_end",
            "date_grace_end",
            "amount",
            "currency_id",
            "sale_line_id",
            "leave_date",
        ],
        "club.plan": ["renewal_window_days", "renewal_plan_id", "is_trial"],
        "club.reminder": ["membership_id", "date_end", "date"],
        "club.auto.renewal": ["partner_id", "family_id", "company_id", "revoked_on"],
    }

    partner_id = fields.Many2one("res.partner", string="Member", readonly=True)
    plan_id = fields.Many2one("club.plan", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(string="Fee", readonly=True)
    date_end = fields.Date(string="End", readonly=True)
    days_left = fields.Integer(readonly=True, aggregator=None)
    stage = fields.Selection(
        [
            ("1_grace", "In grace: last chance"),
            ("2_30", "Less than 30 days"),
            ("3_60", "30 to 60 days"),
            ("4_90", "60 to 90 days"),
            ("5_more", "More than 90 days"),
        ],
        readonly=True,
    )
    reminder_count = fields.Integer(string="Reminders", readonly=True)
    last_reminder = fields.Date(string="Last Reminded", readonly=True)
    is_offered = fields.Boolean(
        string="Quotation", readonly=True, help="A quotation for the renewal is open."
    )
    is_automatic = fields.Boolean(
        string="Automatic",
        readonly=True,
        help="The member agreed that his card is charged.",
    )
    phone = fields.Char(related="partner_id.phone")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT m.id, m.partner_id, m.plan_id, m.company_id, m.currency_id,
                   m.amount, m.date_end, m.date_end - %(today)s AS days_left,
                   CASE WHEN m.date_end < %(today)s THEN '1_grace'
                        WHEN m.date_end - %(today)s < 30 THEN '2_30'
                        WHEN m.date_end - %(today)s < 60 THEN '3_60'
                        WHEN m.date_end - %(today)s <= 90 THEN '4_90'
                        ELSE '5_more' END AS stage,
                   sent.count AS reminder_count, sent.last AS last_reminder,
                   EXISTS (%(offered)s) AS is_offered,
                   EXISTS (%(automatic)s) AS is_automatic
              FROM club_membership m
              JOIN club_plan p ON p.id = m.plan_id
              LEFT JOIN LATERAL (
                   SELECT count(*) AS count, max(date) AS last
                     FROM club_reminder
                    WHERE membership_id = m.id AND date_end = m.date_end) sent ON TRUE
             WHERE %(where)s
            """,
            today=self._today(),
            offered=self._offered(),
            automatic=self._automatic(),
            where=SQL(" AND ").join(self._conditions()),
        )

    @api.model
    def _today(self):
        return fields.Date.context_today(self)

    @api.model
    def _conditions(self):
        """What a membership ``m`` of plan ``p`` must fulfil; rooms add theirs.

        :return: a list of ``SQL``
        """
        return [
            SQL("m.state IN ('active', 'grace')"),
            SQL("m.leave_date IS NULL"),
            SQL(
                "%(today)s BETWEEN m.date_end - p.renewal_window_days "
                "AND m.date_grace_end",
                today=self._today(),
            ),
            SQL("(p.renewal_plan_id IS NOT NULL OR p.is_trial IS NOT TRUE)"),
            SQL(
                """NOT EXISTS (
                    SELECT FROM club_membership later
                     WHERE later.partner_id = m.partner_id
                       AND later.company_id = m.company_id
                       AND later.family_id = m.family_id
                       AND later.state IN ('upcoming', 'active', 'grace', 'paused')
                       AND later.date_start > m.date_start)"""
            ),
        ]

    @api.model
    def _offered(self):
        return SQL(
            """SELECT FROM club_membership offer
                WHERE offer.partner_id = m.partner_id
                  AND offer.company_id = m.company_id
                  AND offer.family_id = m.family_id
                  AND offer.state IN ('draft', 'waiting')
                  AND offer.sale_line_id IS NOT NULL"""
        )

    @api.model
    def _automatic(self):
        return SQL(
            """SELECT FROM club_auto_renewal consent
                WHERE consent.partner_id = m.partner_id
                  AND consent.company_id = m.company_id
                  AND consent.family_id = m.family_id
                  AND consent.revoked_on IS NULL"""
        )

    def action_renew(self):
        """Renew the membership that this line stands for."""
        self.ensure_one()
        return self.env["club.membership"].browse(self.id).action_renew()

    def action_open(self):
        """Open the person."""
        self.ensure_one()
        return self.partner_id._get_records_action()
