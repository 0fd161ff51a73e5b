from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools import period

BATCH = 500
PAUSE_STATES = [
    ("planned", "Planned"),
    ("running", "Paused"),
    ("done", "Over"),
    ("cancelled", "Taken back"),
]


class ClubPlan(models.Model):
    _inherit = "club.plan"

    pause_max_days = fields.Integer(
        string="Days of Pause in a Year",
        required=True,
        default=0,
        tracking=True,
        help="So many days in any 365 a member may pause; the end of his membership "
        "moves by them. 0: the plan knows no pause.",
    )

    _pause_days_not_negative = models.Constraint(
        "CHECK(pause_max_days >= 0)", "Days of pause cannot be negative."
    )


class ClubMembershipPause(models.Model):
    """Days on which a paid period rests: access is closed, and the end moves by them.

    The first day is paused, the day of return is not. A period is moved when its pause
    begins, by the days that are planned, and back when the member returns earlier.
    """

    _name = "club.membership.pause"
    _description = "Pause of a Membership"
    _order = "date_from desc, id desc"
    _rec_name = "membership_id"

    membership_id = fields.Many2one(
        "club.membership", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="membership_id.partner_id", string="Member", store=True, index=True
    )
    company_id = fields.Many2one(
        related="membership_id.company_id", store=True, index=True
    )
    date_from = fields.Date(string="Paused from", required=True)
    date_until = fields.Date(
        string="Returns on", required=True, help="The first day that is open again."
    )
    date_returned = fields.Date(string="Returned on")
    state = fields.Selection(PAUSE_STATES, required=True, default="planned", index=True)
    reason = fields.Char()

    _dates_in_order = models.Constraint(
        "CHECK(date_until > date_from AND date_returned >= date_from)",
        "The day of return comes after the first day of a pause.",
    )
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(membership_id, membership_id, '[]') WITH =,
            daterange(date_from, COALESCE(date_returned, date_until), '[)') WITH &&
        ) WHERE (state <> 'cancelled')""",
        "This membership is paused in these days already.",
    )

    def _days(self):
        """How many days this pause takes, or took."""
        self.ensure_one()
        return ((self.date_returned or self.date_until) - self.date_from).days

    def _begin(self):
        """Close the access and move the end, and what is paid ahead, by the days.

        A period that is not active any more is not paused: its pause is taken back.
        """
        memberships = self.membership_id
        memberships._lock_members()
        going = self.filtered(
            lambda pause: (
                pause.membership_id.state == "active"
                and not pause.membership_id.leave_date
            )
        )
        (self - going).write({"state": "cancelled"})
        going.write({"state": "running"})
        paused = going.membership_id
        paused._shift({pause.membership_id: pause._days() for pause in going})
        paused.write({"state": "paused"})
        paused._on_paused()

    def _finish(self, day=None):
        """Open the access again; who comes back early gets the days left back.

        :param day: the day of return; else the planned one of each
        """
        self.membership_id._lock_members()
        shifts = {}
        for pause in self:
            returned = min(day or pause.date_until, pause.date_until)
            if pause.membership_id.state == "paused":
                shifts[pause.membership_id] = (returned - pause.date_until).days
            pause.date_returned = returned
        self.write({"state": "done"})
        resumed = self.membership_id.browse(m.id for m in shifts)
        resumed._shift({m: days for m, days in shifts.items() if days})
        resumed.write({"state": "active"})
        resumed._on_resumed()

    @api.model
    def _due_steps(self, today):
        """What is due on a day, in its order: ``{method: domain}``."""
        return {
            "_finish": [("state", "=", "running"), ("date_until", "<=", today)],
            "_begin": [("state", "=", "planned"), ("date_from", "<=", today)],
        }

    @api.model
    def _cron_advance(self):
        """Daily: pauses begin and end, in batches that are committed each."""
        today = fields.Date.context_today(self)
        cron = self.env["ir.cron"]
        for step, domain in self._due_steps(today).items():
            while pauses := self.search(domain, limit=BATCH, order="id"):
                locked = pauses.try_lock_for_update()
                # noted on the pause itself: stock would note one by one
                getattr(locked.with_context(tracking_disable=True), step)()
                self.env.flush_all()
                if not locked or not cron._commit_progress(len(locked)):
                    break


class ClubMembership(models.Model):
    _inherit = "club.membership"

    pause_ids = fields.One2many("club.membership.pause", "membership_id")

    # --- Buttons ------------------------------------------------------------------

    def action_pause(self):
        """Open “Pause”."""
        self.ensure_one()
        self._check_may_pause()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_pause_wizard_action"
        )
        action["context"] = {"default_membership_id": self.id}
        return action

    def action_return(self):
        """The member is back, or his pause is taken back before it begins."""
        self.ensure_one()
        self.check_access("write")
        self._return()
        return True

    # --- Pausing -------------------------------------------------------------------

    def _check_may_pause(self):
        """:raise UserError: the plan knows no pause, or nothing runs that could rest"""
        self.ensure_one()
        if not self.plan_id.pause_max_days:
            raise UserError(
                self.env._("“%(plan)s” knows no pause.", plan=self.plan_id.name)
            )
        if self.state != "active" or not self.date_end or self.leave_date:
            raise UserError(
                self.env._(
                    "Only a running membership with an end can be paused, of a member "
                    "who stays."
                )
            )

    def _pause(self, date_from, date_until, reason=""):
        """Pause this period from a day on; today's begins at once.

        :param date_from: date, today or later, within the paid days
        :param date_until: date of return, the first day that is open again
        :return: the ``club.membership.pause``
        :raise UserError: see ``_check_may_pause``, bad dates, or too many days
        """
        self.ensure_one()
        me_sudo = self.sudo()  # sudo: flows write what nobody types
        me_sudo._lock_members()
        self._check_may_pause()
        if not self._today() <= date_from <= self.date_end or date_until <= date_from:
            raise UserError(
                self.env._(
                    "A pause begins today or later, within the paid days, and the "
                    "day of return comes after it."
                )
            )
        me_sudo._check_pause_days(date_from, date_until)
        pause_sudo = me_sudo.pause_ids.create(
            {
                "membership_id": self.id,
                "date_from": date_from,
                "date_until": date_until,
                "reason": reason,
            }
        )
        self.message_post(
            body=self.env._(
                "Pause from %(start)s; back on %(end)s. %(reason)s",
                start=format_date(self.env, date_from),
                end=format_date(self.env, date_until),
                reason=reason or "",
            )
        )
        if date_from <= self._today():
            pause_sudo._begin()
        return pause_sudo.with_env(self.env)

    def _check_pause_days(self, date_from, date_until):
        """:raise UserError: another pause has these days, or the year has no more"""
        others = self.env["club.membership.pause"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("membership_id.family_id", "=", self.family_id.id),
                ("state", "!=", "cancelled"),
            ]
        )
        year_ago = date_until - timedelta(days=365)
        used = (date_until - date_from).days
        for pause in others:
            back = pause.date_returned or pause.date_until
            if max(pause.date_from, date_from) < min(back, date_until):
                raise UserError(self.env._("There is a pause in these days already."))
            used += max((back - max(pause.date_from, year_ago)).days, 0)
        if used > self.plan_id.pause_max_days:
            raise UserError(
                self.env._(
                    "“%(plan)s” allows %(max)s days of pause in a year; this would "
                    "make %(days)s.",
                    plan=self.plan_id.name,
                    max=self.plan_id.pause_max_days,
                    days=used,
                )
            )

    def _return(self):
        """End the running pause today, or take back one that has not begun.

        :raise UserError: there is none
        """
        self.ensure_one()
        pauses_sudo = self.sudo().pause_ids  # sudo: flows write what nobody types
        running = pauses_sudo.filtered(lambda pause: pause.state == "running")
        planned = pauses_sudo.filtered(lambda pause: pause.state == "planned")
        if not running and not planned:
            raise UserError(self.env._("There is no pause to end."))
        if running:
            running._finish(self._today())
            body = self.env._("Back from the pause.")
        else:
            planned.write({"state": "cancelled"})
            body = self.env._("The pause was taken back.")
        self.message_post(body=body)

    def _shift(self, days):
        """Move the ends of periods, and all that is paid ahead of them.

        The exclusion constraint looks at every row as it is written: what makes room
        goes first, in as many steps as one member has periods, however many members.

        :param days: ``{membership: days}``, more or fewer than zero
        """
        if not days:
            return
        upcoming = self.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("state", "=", "upcoming"),
            ],
            order="date_start, id",
        ).grouped(lambda m: m._slot())
        none = self.browse()
        chains = [
            (number, [paused, *upcoming.get(paused._slot(), none)])
            for paused, number in days.items()
        ]
        length = max(len(chain) for _number, chain in chains)
        for step in range(length):
            for number, chain in chains:
                ordered = chain[::-1] if number > 0 else chain
                if step < len(ordered):
                    ordered[step]._move_by(number, chain[0])
            self.flush_model()

    def _move_by(self, number, paused):
        delta = timedelta(days=number)
        vals = {}
        for name in ("date_end", "date_grace_end", "date_start"):
            if self[name] and (self != paused or name != "date_start"):
                vals[name] = self[name] + delta
        self.write(vals)

    def _unused_share(self, first_unused):
        """Paused days were no days of membership."""
        done = self.pause_ids.filtered(lambda pause: pause.state == "done")
        rested = sum(pause._days() for pause in done)
        return period.unused_share(self.date_start, self.date_end, first_unused, rested)

    def _leave(self, last_day, reasons, **vals):
        """Whoever leaves is back from his pause first."""
        if self.state == "paused":
            self._return()
        return super()._leave(last_day, reasons, **vals)

    @api.model
    def _cron_advance(self):
        self.env["club.membership.pause"]._cron_advance()
        return super()._cron_advance()
