import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

_KEY = ("res_id", "activity_type_id", "club_reason")


def paragraph(*sentences):
    """A note of these sentences, without the empty ones (HTML)."""
    return Markup("<p>%s</p>") % " ".join(filter(None, sentences))


class MailActivity(models.Model):
    """One open activity per person, kind and reason: the database says so.

    The key is Gainsight's for its calls to action: updated instead of doubled.
    """

    _inherit = "mail.activity"

    club_reason = fields.Char(
        string="Reason of the Club",
        readonly=True,
        copy=False,
        help="What the activity was made for. While it is open there is no second of "
        "its kind for the same person and reason.",
    )

    _club_once = models.UniqueIndex(
        "(res_id, activity_type_id, club_reason) "
        "WHERE active AND res_model = 'res.partner' AND club_reason IS NOT NULL",
        "This person has an open activity of this kind for the same reason.",
    )

    @api.model
    def _club_schedule(self, vals_list):
        """Make activities for people, or bring those up to date that are open already.

        An open one of the same person, kind and reason gets the new words and person
        in charge; its day only comes nearer, never farther. Two queries and one
        insert, whatever their number.

        :param vals_list: of each ``partner_id``, ``activity_type_id``, ``club_reason``
            and ``user_id``, ``date_deadline``; ``summary`` and ``note`` if wished
        :return: the open activities, in this order
        :raise ConcurrencyError: another transaction has just made one of them; Odoo
            runs this one again
        """
        if not vals_list:
            return self.browse()
        # sudo: a job or a member's click makes tasks of somebody else
        quiet = self.sudo().with_context(mail_activity_quick_update=True)
        model = self.env["ir.model"]._get("res.partner")
        people = quiet.env["res.partner"].browse({v["partner_id"] for v in vals_list})
        # the trap: stock reads the name for each activity by itself, were it not here
        people.mapped("display_name")
        keyed = {
            (v["partner_id"], v["activity_type_id"], v["club_reason"]): v
            for v in vals_list
        }
        known = quiet.search_fetch(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", sorted({key[0] for key in keyed})),
                ("club_reason", "in", sorted({key[2] for key in keyed})),
            ],
            [*_KEY, "date_deadline", "user_id", "summary", "note"],
        )
        found = {(a.res_id, a.activity_type_id.id, a.club_reason): a for a in known}
        for key in keyed.keys() & found.keys():
            found[key]._club_bring_up_to_date(keyed[key])
        new = [key for key in keyed if key not in found]
        rows = []
        for key in new:
            vals = dict(keyed[key])
            vals.update(
                res_model_id=model.id, res_id=vals.pop("partner_id"), automated=True
            )
            rows.append(vals)
        try:
            with self.env.cr.savepoint():
                made = quiet.create(rows)
                made.flush_recordset()
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error
        found.update(zip(new, made, strict=True))
        return quiet.browse(
            found[v["partner_id"], v["activity_type_id"], v["club_reason"]].id
            for v in vals_list
        )

    @api.model
    def _club_ask(self, asked, xmlid, deadline):
        """Activities for whoever looks after people, in the language of that one.

        Whoever's request it is: a visitor who pays, a member who clicks, a job.

        :param asked: ``(record, person, reason, speak)`` each: ``speak`` is given the
            record in the language of who is asked and the words of why it is he, and
            returns summary and note
        :param xmlid: XML id of the ``mail.activity.type``
        :param deadline: a day
        :return: the open activities, in this order
        """
        kind = self.env.ref(xmlid)
        people = self.env["res.partner"].union(*(one[1] for one in asked))
        charged = people._club_looked_after_by()
        vals_list = []
        for record, person, reason, speak in asked:
            user, words = charged[person.id]
            # sudo: users are not everybody's to read
            lang = user.sudo().lang or self.env.lang
            summary, note = speak(record.with_context(lang=lang), words)
            vals_list.append(
                {
                    "partner_id": person.id,
                    "activity_type_id": kind.id,
                    "club_reason": reason,
                    "user_id": user.id,
                    "date_deadline": deadline,
                    "summary": summary,
                    "note": note,
                }
            )
        return self._club_schedule(vals_list)

    def _club_bring_up_to_date(self, vals):
        """Write what is new only: an unchanged activity is not written at all."""
        self.ensure_one()
        wished_day = fields.Date.to_date(vals["date_deadline"])
        nearer = min(self.date_deadline, wished_day)
        wished = {
            "date_deadline": nearer,
            **{n: vals[n] for n in ("user_id", "summary", "note") if vals.get(n)},
        }
        changed = {
            name: value
            for name, value in wished.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if changed:
            self.write(changed)
