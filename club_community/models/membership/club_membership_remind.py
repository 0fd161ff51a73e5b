import psycopg2
from markupsafe import Markup

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.mail import plaintext2html
from odoo.tools.misc import format_date

from ...tools import period
from .club_batches import run_list

BATCH = 200

# Another worker may have written the same line of the ledger a moment ago.
_WRITTEN_MEANWHILE = (psycopg2.errors.UniqueViolation,)


class ClubMembership(models.Model):
    """The daily job that reminds members of the end of their period."""

    _inherit = "club.membership"

    @api.model
    def _cron_remind(self):
        """Daily: send the reminders that are due, each exactly once.

        Letter, task and the line of the ledger are made in one transaction per batch,
        so the job can be killed at any point and run again. After missed days only
        the latest of the due reminders is sent.
        """
        today = self._today()

        def remind(ids):
            locked = self.browse(ids).try_lock_for_update(allow_referencing=True)
            locked._remind(today)

        due = self._due_reminders(today)
        run_list(self.env, due, BATCH, remind, _WRITTEN_MEANWHILE)

    @api.model
    def _due_reminders(self, today, ids=None):
        """Which rule is due for which membership, in one query.

        A rule is due from its day until the grace days are over, if neither it nor a
        later one of the same end was sent. Rules before the renewal opens, or before
        the period begins, do not count: they would speak too early.

        :param today: date
        :param ids: look at these memberships only
        :return: ``{membership id: id of the latest due club.plan.reminder}``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (m.id) m.id, r.id, r.days
                  FROM club_membership m
                  JOIN club_plan p ON p.id = m.plan_id
                  JOIN club_plan_reminder r ON r.plan_id = p.id
                 WHERE m.state IN ('active', 'grace')
                   AND m.seat_of_id IS NULL  -- the payer is reminded
                   AND m.date_end + r.days <= %(today)s
                   AND m.date_grace_end >= %(today)s
                   AND m.date_end + r.days > m.date_start
                   AND r.days >= -p.renewal_window_days
                   AND %(scope)s
                   AND NOT EXISTS (
                       SELECT FROM club_reminder sent
                        WHERE sent.membership_id = m.id
                          AND sent.date_end = m.date_end
                          AND sent.days >= r.days)
                 ORDER BY m.id, r.days DESC
                """,
                today=today,
                scope=SQL("TRUE") if ids is None else SQL("m.id = ANY(%s)", list(ids)),
            )
        )
        return {membership_id: rule_id for membership_id, rule_id, _days in rows}

    def _remind(self, today):
        """Send these memberships what is due, and write it down."""
        due = self._due_reminders(today, self.ids)
        wanting = self.browse(due)._wants_reminders()
        rules = self.env["club.plan.reminder"].browse(due.values())
        by_rule = wanting.grouped(lambda membership: due[membership.id])
        vals_list = []
        for rule in rules.browse(sorted(by_rule)):
            vals_list += by_rule[rule.id]._send_reminder(rule, today)
        # sudo: nobody writes the ledger by hand
        self.env["club.reminder"].sudo().create(vals_list)

    def _wants_reminders(self):
        """Those of these memberships that are to be reminded; rooms narrow it down.

        Left out here: paused and for life, who has renewed already or is leaving, and
        a trial that has no plan to go on with. Runs in batches: no query per record.
        """
        candidates = self.filtered(
            lambda m: (
                m.state in ("active", "grace")
                and m.date_end
                and not m.leave_date
                and m.plan_id._renewal_plan()
                and m.partner_id.active
            )
        )
        return candidates - candidates._followed()

    def _followed(self):
        """Those of these periods that a paid one follows, at once or after a gap.

        One query, whatever their number.
        """
        later = self.search_fetch(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", period.LIVE_STATES),
            ],
            ["partner_id", "company_id", "family_id", "date_start"],
        )
        starts = {}
        for membership in later:
            starts.setdefault(membership._slot(), []).append(membership.date_start)
        return self.filtered(
            lambda m: any(start > m.date_start for start in starts.get(m._slot(), ()))
        )

    def _send_reminder(self, rule, today):
        """Carry out one rule for these memberships.

        :param rule: a ``club.plan.reminder``
        :param today: date
        :return: values of the ledger's lines
        """
        template = rule.mail_template_id
        reachable = self.filtered("partner_id.email") if template else self.browse()
        unreachable = self - reachable if template else self.browse()
        if reachable:
            template.send_mail_batch(reachable.ids)
        # whom no letter reaches, somebody must call
        talked_to = self if rule.has_activity else unreachable
        talked_to._ask_manager(
            lambda membership: self.env._(
                "Renewal: %(plan)s ends on %(date)s",
                plan=membership.plan_id.name,
                date=format_date(self.env, membership.date_end),
            ),
            rule.script,
            today,
        )
        return [
            {
                "membership_id": membership.id,
                "date_end": membership.date_end,
                "days": rule.days,
                "date": today,
                "result": _result(membership in reachable, bool(template)),
                "has_activity": membership in talked_to,
            }
            for membership in self
        ]

    def _ask_manager(self, summary, note, deadline):
        """Give whoever looks after these members a task on the person.

        :param summary: function of a membership
        :param note: plain text, the same for all
        :param deadline: date
        """
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get("res.partner")
        hints = self._activity_hints()
        vals_list = [
            {
                "activity_type_id": todo.id,
                "automated": True,
                "summary": summary(membership),
                "note": plaintext2html(note or "") + hints.get(membership.id, Markup()),
                "date_deadline": deadline,
                "res_model_id": model.id,
                "res_id": membership.partner_id.id,
                "user_id": user.id,
            }
            for membership in self
            if (user := membership._responsible_user())
        ]
        # no letter to the manager for each of his tasks
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            vals_list
        )

    def _activity_hints(self):
        """Hook: what a room adds to the notes of tasks about these members.

        Asked once for all of them, so without a query for each.

        :return: ``{membership id: Markup}``
        """
        return {}

    def _responsible_user(self):
        """Who looks after this member; a room below knows his personal manager.

        :return: a ``res.users``, empty if the club has nobody
        """
        self.ensure_one()
        if (user := self.plan_id.renewal_user_id).active:
            return user
        # sudo: a salesperson need not see the groups
        group = self.env.ref("club_community.group_club_manager").sudo()
        managers = group.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return managers.sorted("id")[:1].sudo(False)

    def _days_left(self):
        """Days until the last paid day, negative after it; for letters and lists.

        0 without an end: when a letter is installed, stock renders it for any row, be
        it a quotation or a life.
        """
        self.ensure_one()
        return (self.date_end - self._today()).days if self.date_end else 0


def _result(is_sent, is_letter):
    """Value of ``club.reminder.result``."""
    if is_sent:
        return "mail"
    return "no_address" if is_letter else "task"
