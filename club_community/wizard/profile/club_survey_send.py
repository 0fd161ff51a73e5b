from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ClubSurveySend(models.TransientModel):
    """Send a survey that fills the profile to some people (S1.17).

    For personal managers, who have no rights on surveys: with those they would read
    everybody's answers, and the links by which people answer. Stock's own invitation
    (``survey.invite``) does the work, with the text of its template and nothing that
    the manager has typed, since it is rendered with rights that he has not.
    """

    _name = "club.survey.send"
    _description = "Send a Survey"

    survey = fields.Selection("_surveys", required=True, default=lambda s: s._first())
    partner_ids = fields.Many2many(
        "res.partner", string="Send To", domain=[("is_company", "=", False)]
    )
    deadline = fields.Date(string="Answer Until")
    missing_email = fields.Char(
        string="Without E-mail", compute="_compute_missing_email"
    )

    @api.model
    def _surveys(self):
        """The surveys that fill the profile, for whoever may send them."""
        # sudo: only their titles
        questions_sudo = self.env["survey.question"].sudo()
        asking = questions_sudo.search(
            [
                "|",
                ("club_point_id", "!=", False),
                ("club_purpose_id", "!=", False),
                ("survey_id.active", "=", True),
            ]
        )
        return [(str(survey.id), survey.title) for survey in asking.survey_id]

    def _first(self):
        known = dict(self._surveys())
        # sudo: which survey is ours
        ours = self.env.ref("club_community.survey_know_you", False)
        ours = str(ours.id) if ours else None
        return ours if ours in known else next(iter(known), False)

    @api.depends("partner_ids.email")
    def _compute_missing_email(self):
        for wizard in self:
            nameless = wizard.partner_ids.filtered(lambda p: not p.email_normalized)
            wizard.missing_email = ", ".join(nameless.mapped("display_name"))

    def action_send(self):
        """Invite each person in his own language, by a link of his own.

        Who has not answered yet gets the same link again; who has, a new one.

        :raise UserError: nobody is chosen, or somebody has no e-mail
        """
        self.ensure_one()
        people = self.partner_ids
        people.check_access("read")
        if not people:
            raise UserError(self.env._("Choose who shall get the survey."))
        # A client may send anything for a selection.
        if self.survey not in dict(self._surveys()):
            raise UserError(self.env._("This survey does not fill the profile."))
        if self.missing_email:
            raise UserError(
                self.env._(
                    "These people have no e-mail that we can write to: %(names)s.",
                    names=self.missing_email,
                )
            )
        # sudo: the manager has no rights on surveys, see above
        survey_sudo = self.env["survey.survey"].sudo().browse(int(self.survey))
        open_sudo = survey_sudo.user_input_ids.filtered(
            lambda i: i.partner_id in people and i.state != "done" and not i.test_entry
        )
        for group in people.grouped("lang").values():
            waiting = group & open_sudo.partner_id
            self._invite(survey_sudo, waiting, "resend")
            self._invite(survey_sudo, group - waiting, "new")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The survey is on its way."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _invite(self, survey_sudo, people, mode):
        if not people:
            return
        context = survey_sudo.action_send_survey()["context"]
        deadline = self.deadline and fields.Datetime.to_datetime(self.deadline)
        invite_sudo = (
            self.env["survey.invite"]
            .with_context(**context, lang=people[0].lang)
            .sudo()  # sudo: as in action_send
            .create(
                {
                    "survey_id": survey_sudo.id,
                    "template_id": context["default_template_id"],
                    "partner_ids": [Command.set(people.ids)],
                    "existing_mode": mode,
                    "deadline": deadline and deadline.replace(hour=23, minute=59),
                }
            )
        )
        invite_sudo.action_invite()
        # Stock shows the survey in the browser's language, whatever the letter was in.
        lang_id = self.env["res.lang"]._get_data(code=people[0].lang).id
        survey_sudo.user_input_ids.filtered(
            lambda i: i.partner_id in people and i.state == "new" and not i.lang_id
        ).lang_id = lang_id


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_club_send_survey(self):
        """“Send the survey”, for one person or for some of a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_survey_send_action"
        )
        people = self.filtered(lambda partner: not partner.is_company)
        return action | {"context": {"default_partner_ids": people.ids}}
