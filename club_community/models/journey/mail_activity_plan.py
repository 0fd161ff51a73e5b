from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models

BASES = [
    ("plan", "Start of the plan"),
    ("joined", "Day of joining"),
    ("end", "End of the membership"),
    ("birthday", "Next birthday"),
]


class MailActivityPlanTemplate(models.Model):
    """Activities of a plan may be counted from a date of the person."""

    _inherit = "mail.activity.plan.template"

    club_base = fields.Selection(
        BASES,
        string="Counted From",
        required=True,
        default="plan",
        help="Of people of the club: from which day the delay is counted. Where the "
        "person has no such day, from the start of the plan.",
    )

    def _club_deadline(self, person, start):
        """The day of this activity for one person.

        :param start: day on which the plan starts
        :return: date, never before ``start``: what is past is due at once
        """
        self.ensure_one()
        base = self._club_base_dates(person).get(self.club_base) or start
        return max(self._get_date_deadline(base), start)

    def _club_responsible(self, person, charged, on_demand=None):
        """Who does this activity for a person: never nobody.

        :param charged: ``(res.users, words)`` of ``_club_looked_after_by``
        :param on_demand: ``res.users`` who was named for all that ask for one
        :return: ``(res.users, words)``; words say why it is with him
        """
        self.ensure_one()
        usual, words = charged
        found = self._determine_responsible(on_demand or usual, person)
        if not found["responsible"]:
            return charged
        is_usual = self.responsible_type == "on_demand" and not on_demand
        return found["responsible"], words if is_usual else found["warning"]

    @api.model
    def _club_base_dates(self, person):
        """``{base: date}`` of a person; rooms add theirs with their ``club_base``."""
        born, today = person.club_birthday, fields.Date.context_today(self)
        birthday = None
        if born:
            # relativedelta makes 28 February of the 29th in other years
            birthday = born + relativedelta(years=today.year - born.year)
            if birthday < today:
                birthday = born + relativedelta(years=today.year - born.year + 1)
        return {
            "joined": person.club_joined,
            "end": person.club_valid_until,
            "birthday": birthday,
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_start_plan(self, plan, start=None, on_demand=None):
        """Start a plan of activities for all of these people at once.

        What stock's window "Schedule activity" does, record by record and with a note
        for each: here in a number of queries that does not grow with the people, and
        each activity with its key, so that a plan that is started twice doubles
        nothing.

        :param plan: ``mail.activity.plan`` of contacts
        :param start: day from which delays are counted; today
        :param on_demand: ``res.users`` for activities whose responsible is asked for;
            whoever looks after the member
        :return: the open activities
        """
        start = start or fields.Date.context_today(self)
        # sudo: started by jobs and members, too
        people, vals_list = self.sudo(), []
        people.fetch(
            ["display_name", "club_joined", "club_valid_until", "club_birthday"]
        )
        charged = people._club_looked_after_by()
        for template in plan.sudo().template_ids:
            for person in people:
                responsible, words = template._club_responsible(
                    person, charged[person.id], on_demand
                )
                speaking = template.with_context(lang=responsible.lang or self.env.lang)
                vals_list.append(
                    {
                        "partner_id": person.id,
                        "activity_type_id": template.activity_type_id.id,
                        "club_reason": f"plan {template.id}",
                        "user_id": responsible.id,
                        "summary": speaking.summary
                        or speaking.activity_type_id.display_name,
                        "note": _with_words(speaking.note, words),
                        "date_deadline": template._club_deadline(person, start),
                    }
                )
        return self.env["mail.activity"]._club_schedule(vals_list)


def _with_words(note, words):
    """The script of an activity, and why it is with whom it is."""
    if not words:
        return note
    return (note or Markup()) + Markup("<p><i>%s</i></p>") % words
