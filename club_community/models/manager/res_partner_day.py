from markupsafe import Markup

from odoo import models
from odoo.tools import is_html_empty
from odoo.tools.misc import format_date


class ResPartner(models.Model):
    """What to ask, what to offer, what happened last time: the script (S4.17)."""

    _inherit = "res.partner"

    def _club_recommended(self):
        """What to offer to each of these people, as the matrix says: rooms add theirs.

        Called for the people of one screen; whoever extends it asks no question of
        the database for each person.

        :return: ``{person id: [words, ...]}``, in the language of the environment
        """
        cells = self._club_playbook()
        return {
            person_id: [
                self.env._("%(need)s: %(offer)s", need=cell.need, offer=product.name)
                if cell.need
                else product.name
                for product in cell.product_id
            ]
            for person_id in self.ids
            for cell in [cells.get(person_id, self.env["club.playbook"])]
        }

    def _club_last_time(self):
        """What happened with each of these people last, in the order of a talk.

        The last activity that was done, with its words; the last contact; the last
        move on the journey and why. Three queries for any number of people.

        :return: ``{person id: [sentence, ...]}``, in the language of the environment
        """
        told = {person_id: [] for person_id in self.ids}
        # sudo: what was done with one's people counts, whoever did it
        people_sudo = self.sudo()
        for done in people_sudo._club_last_done():
            words = self.env._(
                "%(day)s, %(who)s: %(what)s",
                day=format_date(self.env, done.date_done),
                who=done.user_id.name or "",
                what=done.summary or done.activity_type_id.name,
            )
            if done.feedback:
                words = f"{words}. {done.feedback}"
            told[done.res_id].append(words)
        people_sudo.fetch(["club_last_contact_on", "club_last_contact_subject"])
        Day = self.env["club.day"]
        for person in people_sudo.filtered("club_last_contact_on"):
            parts = (
                Day._last_contact_words(person),
                person.club_last_contact_subject,
            )
            told[person.id].append(
                self.env._("Last contact: %s", ", ".join(filter(None, parts)))
            )
        for move in people_sudo._club_last_moves():
            told[move.partner_id.id].append(
                self.env._(
                    "In “%(stage)s” since %(day)s: %(why)s",
                    stage=move.to_stage_id.name,
                    day=format_date(self.env, move.date),
                    why=move.why or "",
                )
            )
        return told

    def _club_last_done(self):
        """The last done activity of each of these people."""
        rows = (
            self.env["mail.activity"]
            .with_context(active_test=False)
            ._read_group(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", self.ids),
                    ("active", "=", False),
                    ("date_done", "!=", False),
                ],
                ["res_id"],
                ["id:max"],
            )
        )
        return self.env["mail.activity"].browse(last for _person, last in rows)

    def _club_last_moves(self):
        """The last move of each of these people."""
        rows = self.env["club.stage.move"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["id:max"]
        )
        return self.env["club.stage.move"].browse(last for _person, last in rows)

    def _club_scripts(self):
        """The script of a talk with each of these people, for the user.

        :return: ``{person id: Markup}``, empty where there is nothing to say
        """
        asked = self._club_questions_for_activities()
        offered, told = self._club_recommended(), self._club_last_time()
        return {
            person_id: Markup().join(
                (
                    _part(self.env._("What to ask"), [asked.get(person_id, "")]),
                    _part(self.env._("What to offer"), offered.get(person_id, ())),
                    _part(self.env._("What happened last time"), told[person_id]),
                )
            )
            for person_id in self.ids
        }


def _part(title, sentences):
    """A heading and what stands below it; nothing where there is nothing."""
    said = [
        words if isinstance(words, Markup) else Markup("<p>%s</p>") % words
        for words in sentences
        if not is_html_empty(words)
    ]
    if not said:
        return Markup()
    return Markup("<h5>%s</h5>%s") % (title, Markup().join(said))
