from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

APPLICATION_STATES = [
    ("asked", "New"),
    ("review", "In review"),
    ("info", "More information asked"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("joined", "Joined"),
]
CHANNELS = [
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("messenger", "Messenger"),
]
OPEN = ("asked", "review", "info", "approved")
TO_ANSWER = ("asked", "review")

# What the flows write, with the clock that the applicant was promised.
PROTECTED = frozenset(
    {
        "club_application_state",
        "club_asked_on",
        "club_answer_due",
        "club_answered_on",
        "club_invite_due",
    }
)


class CrmLead(models.Model):
    """An application is a lead with a plan: somebody asks to join the club.

    Everything else of a lead is stock: team, salesperson, mails, activities, quotation
    (``sale_crm``), won and lost with a reason.
    """

    _inherit = "crm.lead"

    club_plan_id = fields.Many2one(
        "club.plan",
        string="Plan",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        copy=False,
        help="The plan that this person asks for. It makes an application of a lead.",
    )
    club_application_state = fields.Selection(
        APPLICATION_STATES,
        string="Application",
        index="btree_not_null",
        readonly=True,
        tracking=True,
        copy=False,
    )
    club_channel = fields.Selection(
        CHANNELS,
        string="Preferred Channel",
        help="By which way the applicant wishes to be answered.",
    )
    club_handle = fields.Char(
        string="Number or Name There",
        help="Phone number or name in the messenger, as the applicant wrote it.",
    )
    club_application_text = fields.Text(string="What the Applicant Wrote", copy=False)
    club_asked_on = fields.Datetime(string="Applied On", readonly=True, copy=False)
    club_answer_due = fields.Datetime(
        string="Answer Promised By",
        readonly=True,
        tracking=True,
        copy=False,
        help="The applicant was told this date. Empty while he is asked something.",
    )
    club_answered_on = fields.Datetime(readonly=True, copy=False)
    club_is_overdue = fields.Boolean(
        string="Overdue",
        compute="_compute_club_is_overdue",
        search="_search_club_is_overdue",
    )
    club_contact_name = fields.Char(compute="_compute_club_contact")
    club_contact_phone = fields.Char(compute="_compute_club_contact")
    club_contact_email = fields.Char(compute="_compute_club_contact")
    # To be invited to the portal: paid, and without a login.
    club_invite_due = fields.Boolean(readonly=True, copy=False)

    # A second click, or the same wish twice: one application.
    _club_one_open_idx = models.UniqueIndex(
        "(email_normalized, club_plan_id, COALESCE(company_id, 0)) "
        "WHERE club_application_state IN ('asked', 'review', 'info', 'approved') "
        "AND email_normalized IS NOT NULL AND active",
        "This person has applied for this plan already.",
    )
    _club_answer_due_idx = models.Index(
        "(club_answer_due) WHERE club_application_state IN ('asked', 'review')"
    )
    _club_invite_due_idx = models.Index("(id) WHERE club_invite_due")

    @api.depends("club_answer_due", "club_application_state")
    def _compute_club_is_overdue(self):
        now = fields.Datetime.now()
        for lead in self:
            due = lead.club_answer_due
            lead.club_is_overdue = (
                lead.club_application_state in TO_ANSWER and due and due < now
            )

    def _search_club_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("club_application_state", "in", TO_ANSWER) & Domain(
            "club_answer_due", "<", fields.Datetime.now()
        )
        if set(value) == {True}:
            return overdue
        return ~overdue if set(value) == {False} else Domain.TRUE

    @api.depends("user_id", "team_id.user_id", "company_id")
    def _compute_club_contact(self):
        for lead in self:
            # sudo: an applicant has no rights on users
            contact_sudo = lead.sudo()._club_contact()
            lead.club_contact_name = contact_sudo.name
            lead.club_contact_phone = contact_sudo.phone
            lead.club_contact_email = contact_sudo.email

    @api.constrains("club_plan_id", "club_application_state")
    def _check_club_plan(self):
        for lead in self:
            if lead.club_application_state and not lead.club_plan_id:
                raise ValidationError(
                    self.env._("An application is for a plan: choose one.")
                )

    # --- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A lead with a plan is received as an application, whoever makes it."""
        self._club_check_protected(vals_list)
        received = [
            self._club_received_vals(vals) if vals.get("club_plan_id") else vals
            for vals in vals_list
        ]
        leads = super().create(received)
        leads.filtered("club_plan_id")._club_receive()
        return leads

    def write(self, vals):
        if not self.env.su and (forbidden := PROTECTED & vals.keys()):
            for lead in self:
                lead._club_check_unchanged({name: vals[name] for name in forbidden})
            vals = {name: vals[name] for name in vals.keys() - forbidden}
        res = super().write(vals)
        if vals.get("club_plan_id"):
            self.filtered(lambda lead: not lead.club_application_state)._club_begin()
        if vals.get("active"):
            self.filtered(
                lambda lead: lead.club_application_state == "refused"
            )._club_review_again()
        return res

    def action_set_lost(self, **additional_values):
        """Whoever marks an application as lost, by whatever button, refuses it."""
        res = super().action_set_lost(**additional_values)
        self.filtered(
            lambda lead: lead.club_application_state in OPEN
        )._club_note_refusal()
        return res

    def message_update(self, msg_dict, update_vals=None):
        """The applicant answers our question by mail: the clock runs again."""
        res = super().message_update(msg_dict, update_vals)
        self.filtered(
            lambda lead: lead.club_application_state == "info"
        )._club_review_again()
        return res

    @api.model
    def _club_check_protected(self, vals_list):
        if self.env.su:
            return
        if any(vals.get(name) for vals in vals_list for name in PROTECTED):
            raise AccessError(
                self.env._(
                    "The state of an application and its dates follow from its steps: "
                    "they cannot be set by hand."
                )
            )

    def _club_check_unchanged(self, vals):
        self.ensure_one()
        for name, value in vals.items():
            field = self._fields[name]
            current = field.convert_to_cache(self[name], self)
            if field.convert_to_cache(value, self) != current:
                self._club_check_protected([{name: True}])

    # --- Steps ------------------------------------------------------------------

    @api.model
    def _club_received_vals(self, vals):
        """Values of a lead that asks for a plan, completed."""
        company = self.env["res.company"].browse(vals.get("company_id") or [])
        company = company or self.env.company
        team = company._club_application_team()
        plan = self.env["club.plan"].browse(vals["club_plan_id"])
        defaults = {
            "type": "opportunity",
            "company_id": company.id,
            "team_id": team.id,
            "name": f"{plan.name}: {vals.get('contact_name') or ''}".rstrip(": "),
        }
        vals = {**defaults, **vals}
        if "user_id" not in vals:
            vals["user_id"] = self._club_responsible(vals, team).id
        return {**vals, **self._club_begin_vals(company)}

    @api.model
    def _club_begin_vals(self, company):
        now = fields.Datetime.now()
        return {
            "club_application_state": "asked",
            "club_asked_on": now,
            "club_answer_due": company._club_answer_due(now),
            "club_answered_on": False,
        }

    def _club_begin(self):
        """An ordinary lead was given a plan: it is an application from now on."""
        for lead in self:
            company = lead.company_id or self.env.company
            # sudo: the promise is nobody's to type
            lead.sudo().write(lead._club_begin_vals(company))
        self._club_receive()

    @api.model
    def _club_responsible(self, vals, team):
        """Who answers an application; rooms below may know better.

        :param vals: values of the ``crm.lead`` that is made
        :param team: the ``crm.team`` that receives it
        :return: a ``res.users``, or an empty one: the whole team sees it
        """
        return team.user_id

    def _club_contact(self):
        """Whom the applicant may turn to; rooms below may know better.

        :return: a ``res.partner``: a person of the club, else the company
        """
        self.ensure_one()
        user = self.user_id or self.team_id.user_id
        if user and user.active and not user._is_superuser():
            return user.partner_id
        return (self.company_id or self.env.company).partner_id

    def _club_receive(self):
        """Tell the applicant by when and by which way he is answered, and ourselves."""
        for lead in self:
            lead._club_remind()
            lead._club_mail("club_community.mail_template_application_received")

    def _club_remind(self):
        """A to-do with the promised date for whoever answers."""
        self.ensure_one()
        user = self.user_id or self.team_id.user_id
        if user and self.club_answer_due:
            # sudo: a public visitor makes no activities
            self.sudo().activity_schedule(
                "club_community.mail_activity_type_application",
                date_deadline=fields.Datetime.context_timestamp(
                    self, self.club_answer_due
                ).date(),
                user_id=user.id,
            )

    def _club_forget_reminders(self):
        # sudo: the to-do may be another person's
        self.sudo().activity_unlink(["club_community.mail_activity_type_application"])

    def _club_mail(self, xmlid, **context):
        """Queue a mail to the applicant, in his language, if we have his address."""
        self.ensure_one()
        # sudo: the template may be missing, and applicants have no rights on it
        template_sudo = self.env.ref(xmlid, raise_if_not_found=False)
        if template_sudo and self.email_normalized:
            template_sudo.sudo().with_context(**context).send_mail(
                self.id, email_layout_xmlid="mail.mail_notification_layout"
            )
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _club_review_again(self):
        """The answer is ours to give again, by a new date."""
        now = fields.Datetime.now()
        for lead in self:
            company = lead.company_id or self.env.company
            # sudo: the promise is nobody's to type
            lead.sudo().write(
                {
                    "club_application_state": "review",
                    "club_answer_due": company._club_answer_due(now),
                    "club_answered_on": False,
                }
            )
            lead._club_remind()

    def _club_note_refusal(self):
        # sudo: the state is nobody's to type
        self.sudo().write(
            {
                "club_application_state": "refused",
                "club_answered_on": fields.Datetime.now(),
                "club_answer_due": False,
            }
        )
        self._club_forget_reminders()

    def _club_note(self, sentence):
        for lead in self:
            lead.message_post(body=Markup("<p>%s</p>") % sentence)
