from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import PAID_STATES


class ClubFigureEvent(models.Model):
    """Places of events and what became of them; a row is a registration.

    * The plan is the one that the person had on the day of the event.
    * A guest is somebody who comes and is no member on that day. He became a member if
      a paid period of his, his first, begins later.
    * Revenue is what posted invoices, less credit notes, say of the order's line,
      without taxes, in the company's currency, shared by the line's registrations.
    """

    _name = "club.figure.event"
    _description = "Figures of Events"
    _inherit = ["club.figure"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "event.event": ["date_begin", "company_id", "address_id"],
        "event.registration": [
            "event_id",
            "event_ticket_id",
            "state",
            "active",
            "partner_id",
            "club_attendee_id",
            "club_held_until",
            "club_no_show",
            "email",
            "sale_order_line_id",
        ],
        "account.move.line": ["balance", "parent_state", "sale_line_ids"],
    }

    registration_id = fields.Many2one("event.registration", readonly=True)
    event_id = fields.Many2one("event.event", readonly=True)
    ticket_id = fields.Many2one("event.event.ticket", readonly=True)
    date = fields.Datetime(string="Date of the Event", readonly=True)
    event_city = fields.Char(string="Place of the Event", readonly=True)
    sold = fields.Integer(
        readonly=True, help="Confirmed places, with those who were there."
    )
    held = fields.Integer(
        readonly=True, help="Kept while somebody pays or decides, at this moment."
    )
    attended = fields.Integer(readonly=True)
    no_show = fields.Integer(
        string="No-shows", readonly=True, help="Had a place and were not checked in."
    )
    guests = fields.Integer(
        readonly=True, help="Confirmed places of people who were no members that day."
    )
    guests_became = fields.Integer(
        string="Guests Who Became Members",
        readonly=True,
        help="Guests whose first paid period begins after the event.",
    )
    revenue = fields.Monetary(readonly=True, help="Invoiced, without taxes.")

    @property
    def _table_query(self):
        return SQL(
            "SELECT figure.* %(columns)s FROM (%(figure)s) figure"
            " LEFT JOIN res_partner person ON person.id = figure.partner_id",
            figure=self._sql_figure(None),
            columns=SQL(
                "".join(", %s AS %s" for _column in self._figure_columns()),
                *(
                    part
                    for name, column in self._figure_columns().items()
                    for part in (column, SQL.identifier(name))
                ),
            ),
        )

    @api.model
    def _sql_figure(self, today):
        """One row per living registration, also where nobody is known."""
        return SQL(
            """
            WITH %(seats)s
            SELECT seat.id, seat.id AS registration_id, seat.event_id,
                   seat.event_ticket_id AS ticket_id, seat.person_id AS partner_id,
                   then_m.id AS membership_id, then_m.plan_id, then_m.family_id,
                   COALESCE(event.company_id, orders.company_id) AS company_id,
                   company.currency_id, event.date_begin AS date,
                   place.city AS event_city,
                   seat.is_sold AS sold,
                   CASE WHEN seat.active AND seat.state = 'draft'
                         AND seat.club_held_until > (now() AT TIME ZONE 'UTC')
                        THEN 1 ELSE 0 END AS held,
                   CASE WHEN seat.active AND seat.state = 'done'
                        THEN 1 ELSE 0 END AS attended,
                   CASE WHEN seat.active AND seat.club_no_show
                        THEN 1 ELSE 0 END AS no_show,
                   CASE WHEN then_m.id IS NULL THEN seat.is_sold ELSE 0 END AS guests,
                   CASE WHEN then_m.id IS NULL
                         AND first.day > event.date_begin::date
                        THEN seat.is_sold ELSE 0 END AS guests_became,
                   COALESCE(invoiced.amount / seat.sharing, 0) AS revenue
              FROM seat
              JOIN event_event event ON event.id = seat.event_id
         LEFT JOIN sale_order orders ON orders.id = seat.sale_order_id
         LEFT JOIN res_company company
                ON company.id = COALESCE(event.company_id, orders.company_id)
         LEFT JOIN res_partner place ON place.id = event.address_id
         LEFT JOIN invoiced ON invoiced.line_id = seat.sale_order_line_id
         LEFT JOIN LATERAL (
                SELECT m.id, m.plan_id, m.family_id FROM club_membership m
                 WHERE m.partner_id = seat.person_id AND m.state IN %(paid)s
                   AND m.date_start <= event.date_begin::date
                   AND COALESCE(m.date_grace_end, m.date_end, 'infinity')
                       >= event.date_begin::date
                 ORDER BY m.date_start DESC, m.id LIMIT 1
              ) then_m ON TRUE
         LEFT JOIN LATERAL (
                SELECT min(m.date_start) AS day FROM club_membership m
                 WHERE m.partner_id = seat.person_id AND m.state IN %(paid)s
              ) first ON TRUE
            """,
            seats=self._sql_seats(),
            paid=PAID_STATES,
        )

    @api.model
    def _sql_seats(self):
        """Common table expressions: ``invoiced`` by order line, and ``seat``: the
        registrations with the person whom the club knows."""
        return SQL(
            """
            invoiced AS (
                SELECT r.order_line_id AS line_id, -sum(l.balance) AS amount
                  FROM sale_order_line_invoice_rel r
                  JOIN account_move_line l ON l.id = r.invoice_line_id
                 WHERE l.parent_state = 'posted'
                   AND r.order_line_id IN (
                       SELECT sale_order_line_id FROM event_registration)
                 GROUP BY r.order_line_id
            ), seat AS (
                SELECT r.*,
                       COALESCE(r.club_attendee_id, CASE WHEN r.email IS NULL
                           OR lower(r.email) = lower(booker.email)
                           THEN r.partner_id END) AS person_id,
                       count(*) OVER (PARTITION BY r.sale_order_line_id) AS sharing,
                       CASE WHEN r.active AND r.state IN ('open', 'done')
                            THEN 1 ELSE 0 END AS is_sold
                  FROM event_registration r
             LEFT JOIN res_partner booker ON booker.id = r.partner_id
            )
            """
        )

    def action_open_person(self):
        """From a row to the person, or to the registration of somebody unknown."""
        self.ensure_one()
        return (self.partner_id or self.registration_id)._get_records_action()
