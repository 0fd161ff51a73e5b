from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from .found_by_fact import facts_of, people_by_count
from .res_partner_contact import CHANNELS

ALL_CHANNELS = [*CHANNELS, ("chat", "Chat"), ("like", "Like")]
MONTHS = 12


class ClubContact(models.Model):
    """Every contact with a person: when, by what, with whom, formal or not (S0.16).

    A view of what is there already (messages, done activities, held meetings), so
    nothing is noted twice and nothing has to be kept in step. It judges as
    ``club_contact_sources`` does for the last contact; besides, what people write in
    the portal, chats and likes are in it. What was written stays with the message:
    here is a subject at most, and only from the person's own card.

    Informal is what is done for its own sake: a chat, a like, an evening together, a
    meeting that is marked so. Letters, calls and tasks are formal.
    """

    _name = "club.contact"
    _description = "Contact with a Person"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "subject"
    _depends = {
        "res.partner": ["is_company", "club_joined", "club_chapter_id"],
        "res.users": ["partner_id", "share"],
        "mail.message": [
            *("model", "res_id", "date", "message_type", "subtype_id", "is_internal"),
            *("author_id", "partner_ids", "subject", "mail_activity_type_id"),
        ],
        "mail.message.subtype": ["internal"],
        "mail.message.reaction": ["message_id", "partner_id"],
        "mail.activity": [
            *("active", "res_model", "res_id", "date_done", "user_id", "summary"),
            *("activity_type_id", "calendar_event_id"),
        ],
        "mail.activity.type": ["category"],
        "discuss.channel": ["channel_type"],
        "discuss.channel.member": ["channel_id", "partner_id"],
        "calendar.event": [
            *("active", "name", "start", "stop", "user_id", "privacy"),
            "club_is_informal",
        ],
        "calendar.attendee": ["event_id", "partner_id", "state"],
        "crm.lead": ["partner_id"],
        "sale.order": ["partner_id"],
    }

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    date = fields.Datetime(string="When", readonly=True)
    channel = fields.Selection(ALL_CHANNELS, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="With", readonly=True, help="Who of the club it was."
    )
    is_incoming = fields.Boolean(
        string="From the Person", readonly=True, help="The person wrote."
    )
    manner = fields.Selection(
        [("formal", "Formal contact"), ("informal", "Informal contact")], readonly=True
    )
    informal = fields.Float(
        string="Informal, %",
        readonly=True,
        aggregator="avg",
        digits=(16, 0),
        help="The share of informal contacts among all.",
    )
    moment = fields.Selection(
        [("before", "Before joining"), ("after", "After joining")],
        readonly=True,
        help="Before or after the person first became a member.",
    )
    subject = fields.Char(string="About", readonly=True)
    club_chapter_id = fields.Many2one("club.chapter", string="City", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT c.id, c.partner_id, c.date, c.channel, c.user_id, c.is_incoming,
                   CASE WHEN c.is_informal THEN 'informal' ELSE 'formal' END AS manner,
                   CASE WHEN c.is_informal THEN 100.0 ELSE 0.0 END AS informal,
                   CASE WHEN c.date >= person.club_joined THEN 'after'
                        ELSE 'before' END AS moment,
                   c.subject %(columns)s
              FROM (%(contacts)s) c
              JOIN res_partner person ON person.id = c.partner_id
             WHERE person.is_company IS NOT TRUE
            """,
            columns=SQL().join(
                SQL(", %s AS %s", column, SQL.identifier(name))
                for name, column in self._contact_columns().items()
            ),
            contacts=self._contacts(),
        )

    @api.model
    def _contact_columns(self):
        """Further columns of the ``person``; rooms add theirs.

        :return: ``{column of this model: SQL}``
        """
        return {"club_chapter_id": SQL("person.club_chapter_id")}

    @api.model
    def _contacts(self):
        return SQL(" UNION ALL ").join(self._sources())

    @api.model
    def _sources(self):
        """The kinds of contacts, one ``SELECT`` each; rooms add theirs.

        Columns: ``id`` (see ``sql_id``: each source has its number), ``partner_id``,
        ``date``, ``channel``, ``user_id``, ``is_incoming``, ``is_informal``,
        ``subject``.

        :return: a list of ``SQL``
        """
        return [
            self._source_card(),
            self._source_recipients(),
            self._source_from_person(),
            self._source_activities(),
            self._source_meetings(),
            self._source_chats(),
            self._source_likes(),
        ]

    # --- Messages -------------------------------------------------------------------

    @api.model
    def _sql_our_messages(self):
        """``FROM`` and ``WHERE`` of messages ``m`` that somebody ``u`` of ours wrote.

        No note for colleagues, but for that of a call.
        """
        return SQL(
            """
              FROM mail_message m
              JOIN res_users u ON u.id = m.create_uid AND u.partner_id = m.author_id
               AND u.share IS NOT TRUE AND u.id <> 1
              LEFT JOIN mail_activity_type t ON t.id = m.mail_activity_type_id
              LEFT JOIN mail_message_subtype s ON s.id = m.subtype_id
             CROSS JOIN LATERAL (
                   SELECT t.category IS NOT DISTINCT FROM 'phonecall' AS is_call) k
            """
        )

    @api.model
    def _sql_is_talk(self):
        return SQL(
            """m.message_type IN ('comment', 'email_outgoing')
               AND (k.is_call OR (m.is_internal IS NOT TRUE
                                  AND s.internal IS NOT TRUE))"""
        )

    @api.model
    def _sql_our_channel(self):
        return SQL(
            """CASE WHEN k.is_call THEN 'call'
                    WHEN m.message_type = 'email_outgoing' THEN 'email'
                    ELSE 'message' END"""
        )

    @api.model
    def _source_card(self):
        """What we write on the person's card."""
        return SQL(
            """
            SELECT %(id)s AS id, m.res_id AS partner_id, m.date,
                   %(channel)s AS channel, u.id AS user_id, FALSE AS is_incoming,
                   FALSE AS is_informal, NULLIF(m.subject, '') AS subject
            %(messages)s
             WHERE m.model = 'res.partner' AND %(is_talk)s
               AND (k.is_call OR m.res_id <> m.author_id)
            """,
            id=sql_id(sql_column("m.id"), "m.res_id", 0),
            channel=self._sql_our_channel(),
            messages=self._sql_our_messages(),
            is_talk=self._sql_is_talk(),
        )

    @api.model
    def _source_recipients(self):
        """What we write to the person on other papers, by name."""
        return SQL(
            """
            SELECT %(id)s, r.res_partner_id, m.date, %(channel)s, u.id, FALSE, FALSE,
                   NULL
            %(messages)s
              JOIN mail_message_res_partner_rel r ON r.mail_message_id = m.id
             WHERE m.model IS DISTINCT FROM 'discuss.channel' AND %(is_talk)s
               AND (k.is_call OR r.res_partner_id <> m.author_id)
               AND (m.model IS DISTINCT FROM 'res.partner'
                    OR m.res_id <> r.res_partner_id)
            """,
            id=sql_id(sql_column("m.id"), "r.res_partner_id", 1),
            channel=self._sql_our_channel(),
            messages=self._sql_our_messages(),
            is_talk=self._sql_is_talk(),
        )

    @api.model
    def _source_from_person(self):
        """Letters of the person, and what he writes in the portal."""
        return SQL(
            """
            SELECT %(id)s, m.author_id, m.date,
                   CASE m.message_type WHEN 'email' THEN 'email' ELSE 'message' END,
                   NULL::int, TRUE, FALSE,
                   CASE WHEN m.model = 'res.partner' AND m.res_id = m.author_id
                        THEN NULLIF(m.subject, '') END
              FROM mail_message m
             WHERE m.author_id IS NOT NULL
               AND m.message_type IN ('email', 'comment')
               AND (m.message_type = 'email' OR (m.is_internal IS NOT TRUE
                    AND m.model IS DISTINCT FROM 'discuss.channel'))
               AND NOT EXISTS (%(is_ours)s)
            """,
            id=sql_id(sql_column("m.id"), "m.author_id", 2),
            is_ours=sql_is_ours("m.author_id"),
        )

    @api.model
    def _source_chats(self):
        """Chats of two or a few in Discuss: a day of one chat is one contact."""
        return SQL(
            """
            SELECT %(id)s, him.partner_id, max(m.date), 'chat',
                   COALESCE(min(u.id) FILTER (WHERE m.author_id = we.partner_id),
                            min(u.id)),
                   FALSE, TRUE, NULL
              FROM discuss_channel_member him
              JOIN discuss_channel c ON c.id = him.channel_id
               AND c.channel_type IN ('chat', 'group')
              JOIN mail_message m ON m.model = 'discuss.channel' AND m.res_id = c.id
               AND m.message_type = 'comment'
              JOIN discuss_channel_member we ON we.channel_id = c.id
              JOIN res_users u ON u.partner_id = we.partner_id AND u.share IS NOT TRUE
             WHERE him.partner_id IS NOT NULL
               AND (m.author_id = him.partner_id OR m.author_id = we.partner_id)
               AND NOT EXISTS (%(is_ours)s)
             GROUP BY c.id, him.partner_id, m.date::date
            """,
            id=sql_id(SQL("min(m.id)"), "him.partner_id", 5),
            is_ours=sql_is_ours("him.partner_id"),
        )

    @api.model
    def _source_likes(self):
        """A message of ours that the person likes, on the day it was written."""
        return SQL(
            """
            SELECT %(id)s, l.partner_id, m.date, 'like', u.id, TRUE, TRUE, NULL
              FROM mail_message_reaction l
              JOIN mail_message m ON m.id = l.message_id
              JOIN res_users u ON u.partner_id = m.author_id AND u.share IS NOT TRUE
             WHERE l.partner_id IS NOT NULL AND NOT EXISTS (%(is_ours)s)
            """,
            id=sql_id(sql_column("l.id"), "l.partner_id", 7),
            is_ours=sql_is_ours("l.partner_id"),
        )

    # --- What was done --------------------------------------------------------------

    @api.model
    def _source_activities(self):
        """Done for the person; of his leads and orders calls and meetings only.

        A meeting in the calendar counts there, when it is held.
        """
        letter = self.env.ref("mail.mail_activity_data_email", False)
        return SQL(
            """
            SELECT %(id)s, whose.partner_id, a.date_done::timestamp,
                   CASE t.category WHEN 'phonecall' THEN 'call'
                                   WHEN 'meeting' THEN 'meeting'
                        ELSE CASE WHEN t.id = %(letter)s THEN 'email' ELSE 'task' END
                   END,
                   a.user_id, FALSE, FALSE,
                   CASE a.res_model WHEN 'res.partner' THEN a.summary END
              FROM mail_activity a
              JOIN mail_activity_type t ON t.id = a.activity_type_id
               AND t.category IS DISTINCT FROM 'upload_file'
             CROSS JOIN LATERAL (
                   SELECT a.res_id AS partner_id WHERE a.res_model = 'res.partner'
                    UNION ALL
                   SELECT l.partner_id FROM crm_lead l
                    WHERE a.res_model = 'crm.lead' AND l.id = a.res_id
                      AND t.category IN ('phonecall', 'meeting')
                    UNION ALL
                   SELECT o.partner_id FROM sale_order o
                    WHERE a.res_model = 'sale.order' AND o.id = a.res_id
                      AND t.category IN ('phonecall', 'meeting')) whose
             WHERE a.active IS NOT TRUE AND a.date_done IS NOT NULL
               AND a.calendar_event_id IS NULL AND whose.partner_id IS NOT NULL
            """,
            id=sql_id(sql_column("a.id"), "whose.partner_id", 3),
            letter=letter.id if letter else 0,
        )

    @api.model
    def _source_meetings(self):
        """Held meetings of somebody of ours; not whoever declined.

        The name of a private meeting is nobody's business.
        """
        return SQL(
            """
            SELECT %(id)s, a.partner_id, e.stop, 'meeting', u.id, FALSE,
                   COALESCE(e.club_is_informal, FALSE),
                   CASE WHEN COALESCE(e.privacy, s.calendar_default_privacy,
                                      'public') <> 'private' THEN e.name END
              FROM calendar_attendee a
              JOIN calendar_event e ON e.id = a.event_id AND e.active
               AND e.stop <= now() AT TIME ZONE 'UTC'
              JOIN res_users u ON u.id = e.user_id AND u.share IS NOT TRUE
              LEFT JOIN res_users_settings s ON s.user_id = u.id
             WHERE a.state IS DISTINCT FROM 'declined'
               AND NOT EXISTS (%(is_ours)s)
            """,
            id=sql_id(sql_column("a.id"), "a.partner_id", 4),
            is_ours=sql_is_ours("a.partner_id"),
        )

    def action_open_person(self):
        """Open the person."""
        self.ensure_one()
        return self.partner_id._get_records_action()


def sql_column(name):
    """``alias.column`` as an identifier."""
    return SQL.identifier(*name.split("."))


def sql_id(key, person, source):
    """A number that belongs to one row of one source, whatever else comes.

    :param key: ``SQL`` of the row's number; many people may share it
    :param source: from 0 to 7
    """
    return SQL(
        "(%s::bigint << 27) + (%s::bigint << 3) + %s", key, sql_column(person), source
    )


def sql_is_ours(person):
    """``SELECT`` that finds something where a contact is somebody's who works here."""
    return SQL(
        """SELECT FROM res_users own
            WHERE own.partner_id = %s AND own.share IS NOT TRUE""",
        sql_column(person),
    )


class ClubResponse(models.Model):
    """How long a person waited for our answer, before and after joining (S2.10).

    A row is a message of a person, the first of those he wrote before we answered. The
    answer is the next letter, message or call of ours to him, wherever it stands. The
    figure is the median: one answer that took a month does not hide the others.
    """

    _name = "club.response"
    _description = "Answer to a Person"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {**ClubContact._depends}

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    date = fields.Datetime(string="Wrote On", readonly=True)
    answered_on = fields.Datetime(readonly=True)
    hours = fields.Float(
        string="Hours Until the Answer",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="The median: half of the people had their answer sooner. Messages without "
        "an answer are not in it.",
    )
    waiting = fields.Integer(string="Without an Answer", readonly=True, help="So far.")
    moment = fields.Selection(
        [("before", "Before joining"), ("after", "After joining")], readonly=True
    )
    club_chapter_id = fields.Many2one("club.chapter", string="City", readonly=True)

    @property
    def _table_query(self):
        contact = self.env["club.contact"]
        return SQL(
            """
            SELECT c.id, c.partner_id, c.date, c.answered_on,
                   EXTRACT(EPOCH FROM c.answered_on - c.date)::float / 3600 AS hours,
                   CASE WHEN c.answered_on IS NULL THEN 1 ELSE 0 END AS waiting,
                   CASE WHEN c.date >= person.club_joined THEN 'after'
                        ELSE 'before' END AS moment
                   %(columns)s
              FROM (SELECT talk.*,
                           lag(is_incoming) OVER (
                               PARTITION BY partner_id ORDER BY date, id) AS again,
                           min(date) FILTER (WHERE NOT is_incoming) OVER (
                               PARTITION BY partner_id ORDER BY date, id
                               ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                           ) AS answered_on
                      FROM (%(contacts)s) talk
                     WHERE channel IN ('email', 'message', 'call')) c
              JOIN res_partner person ON person.id = c.partner_id
             WHERE c.is_incoming AND c.again IS NOT TRUE
               AND person.is_company IS NOT TRUE
            """,
            columns=SQL().join(
                SQL(", %s AS %s", column, SQL.identifier(name))
                for name, column in contact._contact_columns().items()
            ),
            contacts=contact._contacts(),
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """The figure of several answers is their median."""
        if aggregate_spec != "hours:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)",
            self._field_to_sql(self._table, "hours", query),
        )

    def action_open_person(self):
        """Open the person."""
        self.ensure_one()
        return self.partner_id._get_records_action()


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    club_is_informal = fields.Boolean(
        string="Informal",
        help="A coffee, a walk, an evening: counted apart from business meetings.",
    )


class ResPartner(models.Model):
    """How often, and in which manner, the club and the person talk."""

    _inherit = "res.partner"

    club_contact_count = fields.Integer(
        string="Contacts in 12 Months",
        compute="_compute_club_contact_mix",
        search="_search_club_contact_count",
        groups=CLUB_USER,
    )
    club_informal_share = fields.Integer(
        string="Informal, %",
        compute="_compute_club_contact_mix",
        groups=CLUB_USER,
        help="The share of chats, evenings and the like among the contacts of the last "
        "12 months.",
    )

    @api.model
    def _club_sql_contact_counts(self):
        """``person_id, count`` of whoever had a contact lately."""
        self.env.flush_all()
        return SQL(
            """
            SELECT partner_id AS person_id, count(*) AS count FROM (%s) c
             WHERE date >= now() AT TIME ZONE 'UTC' - %s * interval '1 month'
             GROUP BY partner_id
            """,
            self.env["club.contact"]._table_query,
            MONTHS,
        )

    def _compute_club_contact_mix(self):
        self.env.flush_all()
        mix = facts_of(
            self,
            SQL(
                """
                SELECT partner_id AS person_id,
                       ARRAY[count(*)::int, round(avg(informal))::int] AS mix
                  FROM (%s) c
                 WHERE date >= now() AT TIME ZONE 'UTC' - %s * interval '1 month'
                 GROUP BY partner_id
                """,
                self.env["club.contact"]._table_query,
                MONTHS,
            ),
        )
        for person in self:
            count, share = mix.get(person.id, (0, 0))
            person.club_contact_count, person.club_informal_share = count, share

    def _search_club_contact_count(self, operator, value):
        self._check_field_access(self._fields["club_contact_count"], "read")
        return people_by_count(self, self._club_sql_contact_counts(), operator, value)

    def action_club_contacts(self):
        """Every contact with this person."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_contact_action"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {},
            "views": [(False, "list"), (False, "graph")],
        }
