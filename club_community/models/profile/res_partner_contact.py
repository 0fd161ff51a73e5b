from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner_facts import FACT

CHANNELS = [
    ("call", "Call"),
    ("meeting", "Meeting"),
    ("email", "E-mail"),
    ("message", "Message"),
    ("task", "Task"),
]
MAX_SUBJECT = 120
_COLUMNS = (
    "club_last_contact_on",
    "club_last_contact_channel",
    "club_last_contact_user_id",
    "club_last_contact_subject",
)
_COMPARISONS = {"<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">=")}


class ResPartner(models.Model):
    """What follows from what happens with a person, and nobody types (S0.03).

    Written by SQL: no ledger, no tracking, no new version of anything computed, so
    that a letter to a thousand people costs one statement.
    """

    _inherit = "res.partner"

    club_last_contact_on = fields.Datetime(
        string="Last Contact",
        readonly=True,
        index="btree_not_null",
        help="When somebody of the club last wrote to, called or met the person, or "
        "had an e-mail of his.",
        **FACT,
    )
    club_last_contact_channel = fields.Selection(
        CHANNELS, string="Last Contact By", readonly=True, **FACT
    )
    club_last_contact_user_id = fields.Many2one(
        "res.users",
        string="Last Contact With",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who of the club it was; empty where the person wrote himself.",
        **FACT,
    )
    club_last_contact_subject = fields.Char(
        string="Last Contact About", readonly=True, **FACT
    )
    club_tenure_days = fields.Integer(
        string="Tenure, Days",
        compute="_compute_club_tenure_days",
        search="_search_club_tenure_days",
        groups=FACT["groups"],
        help="How long the person has been a member without a gap: until today, or "
        "the last paid day.",
    )

    # --- Tenure ---------------------------------------------------------------------

    @api.depends("club_since", "club_valid_until")
    def _compute_club_tenure_days(self):
        today = fields.Date.context_today(self)
        for partner in self:
            since = partner.club_since
            until = min(today, partner.club_valid_until or today)
            partner.club_tenure_days = max((until - since).days, 0) if since else 0

    def _search_club_tenure_days(self, operator, value):
        # the trap: stock checks the columns that a search names, and SQL names none
        self._check_field_access(self._fields["club_tenure_days"], "read")
        if operator == "in":
            compared = SQL("IN %s", tuple(int(days or 0) for days in value) or (-1,))
        elif operator in _COMPARISONS:
            compared = SQL("%s %s", _COMPARISONS[operator], value)
        else:
            return NotImplemented
        self.flush_model(["club_since", "club_valid_until"])
        found = SQL(
            """(
            SELECT id FROM res_partner
             WHERE CASE WHEN club_since IS NULL THEN 0 ELSE GREATEST(
                   LEAST(%(today)s, club_valid_until) - club_since, 0) END
                   %(compared)s
            )""",
            today=fields.Date.context_today(self),
            compared=compared,
        )
        return Domain("id", "in", found)

    # --- Last contact ---------------------------------------------------------------

    def _club_check_derived(self, names):
        """The last contact is written by what happens, not by hand.

        :raise AccessError: somebody wants to write it
        """
        super()._club_check_derived(names)
        if self.env.su:
            return
        for name in sorted({*_COLUMNS} & set(names)):
            raise AccessError(
                self.env._(
                    "“%(field)s” follows from letters, calls and meetings, so it "
                    "cannot be changed by hand.",
                    field=self._fields[name]._description_string(self.env),
                )
            )

    def _club_touched(self, when, channel, user=None, subject=None):
        """Note a contact of the club with these people: hook for whatever makes one.

        Only a contact newer than the one that is known moves it, so the same may be
        noted twice and in any order. Companies are passed over. One statement,
        whatever the number of people; nothing enters the ledger.

        Called for messages, done activities and held meetings; lower rooms call it
        for theirs (a visit, a chat), and may extend it to do more at a contact.

        :param when: naive datetime in UTC
        :param channel: one of ``CHANNELS``
        :param user: the ``res.users`` who was in contact, none where the person wrote
        :param subject: what it was about, one line
        """
        user_id = user.id if user else None
        self._club_touch_each(
            [(partner_id, when, channel, user_id, subject) for partner_id in self.ids]
        )

    @api.model
    def _club_touch_each(self, contacts):
        """Note different contacts of different people in one statement.

        :param contacts: list of ``(partner id, when, channel, user id, subject)``
        """
        if not contacts:
            return
        people = self.browse(contact[0] for contact in contacts)
        people.flush_recordset([*_COLUMNS, "is_company"])
        ids, whens, channels, users, subjects = map(list, zip(*contacts, strict=True))
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner p
                   SET club_last_contact_on = new.touched_on,
                       club_last_contact_channel = new.channel,
                       club_last_contact_user_id = new.user_id,
                       club_last_contact_subject = new.subject
                  FROM (SELECT DISTINCT ON (id) * FROM unnest(
                               %(ids)s::int[], %(whens)s::timestamp[],
                               %(channels)s::text[], %(users)s::int[],
                               %(subjects)s::text[]
                        ) AS t(id, touched_on, channel, user_id, subject)
                        ORDER BY id, touched_on DESC) new
                 WHERE p.id = new.id
                   AND p.is_company IS NOT TRUE
                   AND (p.club_last_contact_on IS NULL
                        OR p.club_last_contact_on < new.touched_on)
                """,
                ids=ids,
                whens=whens,
                channels=channels,
                users=users,
                subjects=[
                    (subject or "")[:MAX_SUBJECT] or None for subject in subjects
                ],
            )
        )
        people.invalidate_recordset(_COLUMNS, flush=False)


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """Of several cards the latest contact is kept.

        Stock would write the columns of the last card with the rights of whoever
        merges, who may not type them.
        """
        # sudo: whoever may merge contacts need not have rights in the club
        cards_sudo = (src_partners | dst_partner).sudo()
        met = cards_sudo.filtered("club_last_contact_on")
        latest = met.sorted("club_last_contact_on")[-1:]
        values = {name: latest[name] for name in _COLUMNS}
        cards_sudo.write(dict.fromkeys(_COLUMNS, False))
        res = super()._update_values(src_partners, dst_partner)
        if latest:
            dst_partner.sudo()._club_touched(*values.values())
        return res
