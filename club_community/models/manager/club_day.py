from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime


class ClubDay(models.Model):
    """My day: who of a manager's people needs him today, why, and what to do (S2.07).

    A view of the facts and not a list that somebody keeps: a row is there as long as
    its reason (``_reasons`` in ``club_day_find.py``). A person may be there for several
    reasons: one row each, and each says how many others there are. Ids are those of
    the facts, so they stay the same from one look to the next.
    """

    _name = "club.day"
    _description = "My Day"
    _auto = False
    _order = "place, date, id"
    _rec_name = "name"

    name = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Manager",
        readonly=True,
        help="Whose day it is: who is charged with the activity or the answer, else "
        "the personal manager.",
    )
    is_mine = fields.Boolean(
        string="Mine", compute="_compute_is_mine", search="_search_is_mine"
    )
    reason_id = fields.Many2one(
        "club.day.reason", string="Reason of the Day", readonly=True
    )
    code = fields.Char(string="Code of the Reason", readonly=True)
    place = fields.Integer(
        string="Urgency", readonly=True, aggregator=None, help="0 comes first."
    )
    date = fields.Date(
        string="Day",
        readonly=True,
        help="Of an activity, an answer, an end, an important date: when it is due. "
        "Of the others: since when it is so.",
    )
    what = fields.Char(readonly=True, help="What the reason's words need besides.")
    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    plan_id = fields.Many2one("club.plan", readonly=True)
    stage_id = fields.Many2one("club.stage", readonly=True)
    chapter_id = fields.Many2one("club.chapter", readonly=True)
    phase = fields.Selection(related="stage_id.phase")
    activity_id = fields.Many2one("mail.activity", readonly=True)
    lead_id = fields.Many2one("crm.lead", string="Application", readonly=True)
    kind_id = fields.Many2one("club.date.kind", string="Occasion", readonly=True)
    step = fields.Selection(related="reason_id.step")
    phone = fields.Char(compute="_compute_person")
    channel = fields.Char(string="Likes Best", compute="_compute_person")
    standing = fields.Text(
        string="Plan and Stage", compute="_compute_standing", help="Where he stands."
    )
    last_contact = fields.Text(compute="_compute_person")
    why = fields.Text(compute="_compute_why")
    recommended = fields.Text(string="What to Do", compute="_compute_recommended")
    other_reasons = fields.Text(
        string="Also", compute="_compute_other_reasons", help="Further reasons."
    )
    who = fields.Char(compute="_compute_person", help="Who the person is, in a line.")
    script = fields.Html(
        compute="_compute_script",
        help="What to ask, what to offer, and what happened last time.",
    )

    # --- Whose day ------------------------------------------------------------------

    @api.model
    def _my_users(self):
        """Whose days are mine: my own, and those of whom I stand in for today."""
        # sudo: a personal manager need not see users
        users_sudo = self.env["res.users"].sudo()
        mine = users_sudo.search(
            [("club_in_charge_ids", "=", self.env.uid)], order="id"
        )
        return self.env.user | mine.sudo(False)

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self._my_users()
        for row in self:
            row.is_mine = row.user_id in mine

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("user_id", "in", self._my_users().ids)
        return mine if True in value else ~mine

    # --- Who he is ------------------------------------------------------------------

    def _people(self):
        """The people of these rows, with what the rows show of them: three queries."""
        # sudo: whoever may see the row may see these columns of its person
        people_sudo = self.partner_id.sudo()
        people_sudo.fetch(
            [
                "name",
                "phone",
                "function",
                "city",
                "parent_id",
                "club_address_as",
                "club_channel",
                "club_last_contact_on",
                "club_last_contact_channel",
                "club_last_contact_user_id",
            ]
        )
        return people_sudo

    @api.depends("partner_id", "lead_id")
    @api.depends_context("lang", "tz")
    def _compute_person(self):
        people_sudo = self._people()
        channels = self._labels("club_channel")
        for row in self:
            person = row.partner_id.sudo().with_prefetch(people_sudo._prefetch_ids)
            # sudo: the application that the row is about
            lead = row.lead_id.sudo()
            row.phone = person.phone or lead.phone
            row.channel = channels.get(person.club_channel or lead.club_channel)
            row.last_contact = row._last_contact_words(person)
            employer = person.parent_id.name or lead.partner_name
            parts = (person.club_address_as, person.function, employer, person.city)
            row.who = ", ".join(filter(None, parts))

    @api.model
    def _labels(self, name):
        field = self.env["res.partner"]._fields[name]
        return dict(field._description_selection(self.env))

    def _last_contact_words(self, person):
        """When, how and with whom, in the reader's language."""
        when = person.club_last_contact_on
        if not when:
            return self.env._("Never") if person else False
        channel = self._labels("club_last_contact_channel").get(
            person.club_last_contact_channel
        )
        day = fields.Datetime.context_timestamp(self, when).date()
        with_whom = person.club_last_contact_user_id.name
        return ", ".join(filter(None, (format_date(self.env, day), channel, with_whom)))

    @api.depends("plan_id", "stage_id")
    @api.depends_context("lang")
    def _compute_standing(self):
        phases = dict(self.stage_id._fields["phase"]._description_selection(self.env))
        for row in self:
            # sudo: plans and stages are the same for everybody
            plan, stage = row.plan_id.sudo(), row.stage_id.sudo()
            parts = (plan.name, stage.name, phases.get(stage.phase))
            row.standing = ", ".join(filter(None, parts))

    # --- Why, and what to do --------------------------------------------------------

    @api.depends("code", "date", "what", "activity_id", "lead_id", "kind_id")
    @api.depends_context("lang", "tz")
    def _compute_why(self):
        # sudo: the row is what the rights are asked of; an activity may be another's
        self.activity_id.sudo().fetch(["summary", "activity_type_id"])
        self.stage_id.sudo().fetch(["name", "expected_days"])
        for row in self:
            say = getattr(row, f"_why_{row.code}", None)
            row.why = say() if say else row.reason_id.sudo().name

    def _day_words(self):
        return format_date(self.env, self.date) if self.date else ""

    def _why_overdue(self):
        return self.env._(
            "%(what)s: was due on %(day)s", what=self._task(), day=self._day_words()
        )

    def _why_today(self):
        return self.env._("%(what)s: due today", what=self._task())

    def _task(self):
        activity_sudo = self.activity_id.sudo()  # sudo: see above
        return activity_sudo.summary or activity_sudo.activity_type_id.name

    def _why_answer(self):
        due = self.lead_id.sudo().club_answer_due  # sudo: see above
        return self.env._(
            "%(who)s wants to join; an answer is promised by %(time)s",
            who=self.name,
            time=format_datetime(self.env, due, dt_format="short") if due else "",
        )

    def _why_grace(self):
        return self.env._(
            "The membership ended on %s: these are the days of grace", self._day_words()
        )

    def _why_ends(self):
        return self.env._("The membership ends on %s", self._day_words())

    _why_ends_30 = _why_ends_60 = _why_ends_90 = _why_ends

    def _why_newcomer(self):
        if self.what:
            return self.env._(
                "Member since %s; nobody has been in touch yet", self._day_words()
            )
        return self.env._("Member since %s; no meeting yet", self._day_words())

    def _why_date(self):
        occasion = self.kind_id.sudo().name  # sudo: kinds are the same for everybody
        if self.what:
            occasion = f"{occasion} ({self.what})"
        return self.env._(
            "%(occasion)s on %(day)s", occasion=occasion, day=self._day_words()
        )

    def _why_stuck(self):
        return self.env._(
            "In “%(stage)s” since %(day)s; days it should take: %(days)s",
            stage=self.stage_id.name,
            day=self._day_words(),
            days=self.stage_id.expected_days,
        )

    def _why_quiet(self):
        return self.env._("No contact since %s", self._day_words())

    def _why_no_step(self):
        return self.env._("Nobody has planned anything for this person")

    @api.depends("code", "activity_id", "reason_id", "channel")
    @api.depends_context("lang")
    def _compute_recommended(self):
        for row in self:
            words = row.reason_id.recommended
            if row.activity_id:
                words = row.activity_id.sudo().activity_type_id.name  # sudo: see above
            row.recommended = words

    @api.depends("partner_id", "code")
    @api.depends_context("lang")
    def _compute_other_reasons(self):
        found = self.env["club.day"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("user_id", "in", self.user_id.ids),
            ],
            ["partner_id", "user_id", "reason_id"],
        )
        by_person = {}
        for person, user, reason in found:
            by_person.setdefault((person, user), []).append(reason)
        for row in self:
            reasons = by_person.get((row.partner_id, row.user_id), ())
            others = [reason.name for reason in reasons if reason != row.reason_id]
            row.other_reasons = ", ".join(others)

    @api.depends("partner_id", "reason_id", "activity_id")
    @api.depends_context("lang", "uid")
    def _compute_script(self):
        scripts = self.partner_id._club_scripts()
        for row in self:
            parts = [Markup("<p>%s</p>") % row.reason_id.script] * bool(
                row.reason_id.script
            )
            note = row.activity_id.sudo().note  # sudo: see above
            parts += [note] if note else []
            parts.append(scripts.get(row.partner_id.id, ""))
            row.script = Markup().join(parts)
