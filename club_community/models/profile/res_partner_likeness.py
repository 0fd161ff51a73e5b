from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.period import LIVE_STATES

# What thousands share tells little of two people, and costs most. So of each thing the
# first look takes the newest people up to this number: a club of some thousands is
# compared whole. Who is on the short list is then compared by every signal, whole.
_LOOK_AT = 1000
_SHORT_LIST = 50


def _words_of(column):
    """Words of a text, Russian ones by their Russian stems and others by English ones:
    PostgreSQL's configuration "russian" does both."""
    return f"to_tsvector('russian'::regconfig, ({column})::text)"


class Signal(NamedTuple):
    """One way in which two people can be alike.

    ``people`` is asked for each ``mine.key``, so it must be found by an index on what
    it compares with it.
    """

    code: str
    points: int
    # SELECT .. AS key [, .. AS label]: what the person himself has of it
    mine: SQL
    # SELECT .. AS partner_id, .. AS label: who has ``mine.key`` too
    people: SQL
    # whether that index gives people by id, so that the newest come first
    by_id: bool = True


def _first_look(mine, signal):
    """People whom a signal finds, a bounded number for each thing of the person's."""
    newest = SQL("ORDER BY f.partner_id DESC") if signal.by_id else SQL()
    return SQL(
        """
        (SELECT look.partner_id, %s AS points
           FROM %s mine CROSS JOIN LATERAL (
                SELECT f.partner_id FROM (%s) f %s LIMIT %s) look)
        """,
        *(signal.points, mine, signal.people, newest, _LOOK_AT),
    )


def _whole_look(mine, signal):
    """What a signal says of those on the short list."""
    return SQL(
        """
        (SELECT f.partner_id, %s AS points, %s AS code,
                COALESCE(f.label, mine.label) AS label
           FROM %s mine CROSS JOIN LATERAL (%s) f
          WHERE f.partner_id IN (SELECT partner_id FROM short))
        """,
        *(signal.points, signal.code, mine, signal.people),
    )


class ResPartner(models.Model):
    """People like you (S0.04): who shares circles, city and work, and how we know."""

    _inherit = "res.partner"

    _club_chapter_people = models.Index(
        "(club_chapter_id, id) WHERE club_chapter_id IS NOT NULL"
    )
    _club_industry_people = models.Index(
        "(club_industry_id, id) WHERE club_industry_id IS NOT NULL"
    )
    _club_gives_words = models.Index(
        f"USING gin ({_words_of('club_gives')}) WHERE club_gives IS NOT NULL"
    )
    _club_seeks_words = models.Index(
        f"USING gin ({_words_of('club_seeks')}) WHERE club_seeks IS NOT NULL"
    )

    def _club_people_like(self, limit=10, for_member=False):
        """People like this one, the most alike first, with the reasons in words.

        One SQL statement, however many people the club has: it starts from what the
        person has (circles, city, work, texts) and asks indexes who has it too; nobody
        else is looked at. Never in it: the person, companies, the archived, people
        or cities of other companies than the user's, and whoever does not want to be
        shown (``_club_likeness_domain``).

        A page for members calls it as superuser with ``for_member``: the reasons then
        say no more of the other person than what the two have in common.

        :param limit: at most so many people
        :param for_member: True where the person himself will see them
        :return: list of ``{"partner": res.partner, "score": points, "reasons": [str]}``
        """
        self.ensure_one()
        self.check_access("read")
        signals = self._club_likeness_signals()
        rows = self.env.execute_query(
            self._club_likeness_query(signals, limit, for_member)
        )
        partners = self.browse([partner_id for partner_id, _score, _found in rows])
        return [
            {
                "partner": partner,
                "score": score,
                "reasons": self._club_likeness_reasons(found, for_member),
            }
            for partner, (_id, score, found) in zip(partners, rows, strict=True)
        ]

    # --- What rooms below may extend ------------------------------------------------

    def _club_likeness_signals(self):
        """The ways in which others can be like this person, a list of ``Signal``.

        Rooms below extend it with SQL of their own (events both were at ...), and
        ``_club_likeness_reasons`` with the words for it. Codes that begin alike up to
        a dot are one reason.
        """
        self.ensure_one()
        return [
            self._club_shared_list("common.circle", 3, "club_interest_ids"),
            self._club_shared_list("common.sport", 3, "club_sport_ids"),
            self._club_shared_list("common.travel", 1, "club_travel_ids"),
            self._club_shared_record("city", 3, "club_chapter_id"),
            self._club_shared_record("work", 2, "club_industry_id"),
            self._club_shared_words("gives", 5, "club_seeks", "club_gives"),
            self._club_shared_words("seeks", 4, "club_gives", "club_seeks"),
        ]

    @api.model
    def _club_likeness_domain(self, for_member=False):
        """Who may be shown; rooms below narrow it down.

        A member sees people who have agreed to be shown to members, and no former
        ones. A manager sees everybody but those who have said no.
        """
        companies = [*self.env.companies.ids, False]
        domain = Domain(
            [
                ("is_company", "=", False),
                ("company_id", "in", companies),
                "|",
                ("club_chapter_id", "=", False),
                ("club_chapter_id.company_id", "in", companies),
            ]
        )
        answer = Domain(
            [
                ("purpose_id.code", "=", "directory"),
                ("closed_at", "=", False),
                ("answer", "=", "given" if for_member else "refused"),
            ]
        )
        if not for_member:
            return domain & Domain("club_consent_ids", "not any!", answer)
        here = (*LIVE_STATES, False)
        domain &= Domain("club_state", "in", here)
        return domain & Domain("club_consent_ids", "any!", answer)

    def _club_likeness_reasons(self, found, for_member):
        """The reasons in words.

        :param found: list of ``[code, label]``, what two people have in common
        :param for_member: True where the person himself reads them
        :return: list of sentences, by descending weight of what they say
        """
        self.ensure_one()
        labels = {}
        for code, label in found:
            labels.setdefault(code.split(".")[0], []).append(label or "")
        about = self._club_likeness_words(for_member)
        return [
            about[code] % {"what": ", ".join(labels[code]), "name": self.name}
            for code in about
            if code in labels
        ]

    def _club_likeness_words(self, for_member):
        """``{code: sentence}``, in the order in which reasons are told.

        ``%(what)s`` is what the two have in common, ``%(name)s`` this person. What is
        read by a member quotes nothing that the other has written.
        """
        if for_member:
            gives = self.env._("Can give what you look for")
            seeks = self.env._("Looks for what you can give")
        else:
            gives = self.env._("Can give what %(name)s looks for: “%(what)s”")
            seeks = self.env._("Looks for what %(name)s can give: “%(what)s”")
        return {
            "gives": gives,
            "seeks": seeks,
            "common": self.env._("In common: %(what)s"),
            "city": self.env._("Same city: %(what)s"),
            "work": self.env._("Same field of work: %(what)s"),
        }

    # --- Signals --------------------------------------------------------------------

    def _club_shared_list(self, code, points, name):
        """A signal: the same choice in a list of interests."""
        field = self._fields[name]
        table, person, choice = (
            SQL.identifier(part)
            for part in (field.relation, field.column1, field.column2)
        )
        label = self.env["club.interest"]._field_to_sql("i", "name")
        mine = SQL(
            "SELECT r.%(choice)s AS key, %(label)s AS label "
            "FROM %(table)s r JOIN club_interest i ON i.id = r.%(choice)s "
            "WHERE r.%(person)s = %(me)s AND i.active",
            choice=choice,
            label=label,
            table=table,
            person=person,
            me=self.id,
        )
        people = SQL(
            "SELECT r.%(person)s AS partner_id, NULL::text AS label "
            "FROM %(table)s r WHERE r.%(choice)s = mine.key",
            person=person,
            table=table,
            choice=choice,
        )
        return Signal(code, points, mine, people)

    def _club_shared_record(self, code, points, name):
        """A signal: the same record in a many2one with an index on it and the id."""
        Shared = self.env[self._fields[name].comodel_name]
        column = SQL.identifier(name)
        mine = SQL(
            "SELECT p.%(column)s AS key, %(label)s AS label "
            "FROM res_partner p JOIN %(table)s s ON s.id = p.%(column)s "
            "WHERE p.id = %(me)s",
            column=column,
            label=Shared._field_to_sql("s", "name"),
            table=SQL.identifier(Shared._table),
            me=self.id,
        )
        people = SQL(
            "SELECT p.id AS partner_id, NULL::text AS label "
            "FROM res_partner p WHERE p.%s = mine.key",
            column,
        )
        return Signal(code, points, mine, people)

    def _club_shared_words(self, code, points, mine, theirs):
        """A signal: a word of one text of this person in another text of others."""
        words = SQL(
            """
            SELECT w.key, NULL::text AS label
              FROM (SELECT replace(
                        plainto_tsquery('russian'::regconfig, p.%s)::text, '&', '|'
                    )::tsquery AS key
                      FROM res_partner p WHERE p.id = %s) w
             WHERE numnode(w.key) > 0
            """,
            SQL.identifier(mine),
            self.id,
        )
        people = SQL(
            "SELECT p.id AS partner_id, p.%(text)s AS label FROM res_partner p "
            "WHERE %(words)s @@ mine.key AND p.%(text)s IS NOT NULL",
            text=SQL.identifier(theirs),
            words=SQL(_words_of(f"p.{theirs}")),
        )
        return Signal(code, points, words, people, by_id=False)

    # --- The statement --------------------------------------------------------------

    def _club_likeness_query(self, signals, limit, for_member):
        """Rows ``(partner id, score, [[code, label], ...])``.

        A first look counts points over what indexes give, a bounded number of rows
        for each thing the person has. The best who may be shown make a short list,
        which is compared again by every signal and without bounds.
        """
        self.env.flush_all()  # signals of other rooms read tables of their own
        shown = self.env["res.partner"]._search(
            self._club_likeness_domain(for_member) & Domain("id", "!=", self.id)
        )
        parts = [
            (SQL.identifier(f"mine_{number}"), signal)
            for number, signal in enumerate(signals)
        ]
        first = [_first_look(mine, signal) for mine, signal in parts]
        whole = [_whole_look(mine, signal) for mine, signal in parts]
        return SQL(
            """
            WITH %(mine)s, near AS (
                SELECT partner_id, sum(points) AS points
                  FROM (%(first)s) look
              GROUP BY partner_id
              ORDER BY points DESC, partner_id DESC
            ), short AS MATERIALIZED (
                SELECT near.partner_id FROM near
                 WHERE near.partner_id IN %(shown)s
              ORDER BY near.points DESC, near.partner_id DESC
                 LIMIT %(short)s
            )
            SELECT partner_id, sum(points) AS score,
                   json_agg(json_build_array(code, label) ORDER BY code, label)
              FROM (%(whole)s) found
          GROUP BY partner_id
          ORDER BY score DESC, partner_id DESC
             LIMIT %(limit)s
            """,
            mine=SQL(", ").join(
                SQL("%s AS MATERIALIZED (%s)", mine, s.mine) for mine, s in parts
            ),
            first=SQL(" UNION ALL ").join(first),
            shown=shown.subselect(),
            short=max(_SHORT_LIST, limit),
            whole=SQL(" UNION ALL ").join(whole),
            limit=limit,
        )
