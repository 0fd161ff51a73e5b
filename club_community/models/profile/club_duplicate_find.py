from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import likeness_of_names as likeness

# A mailbox or a phone that more people share says nothing of one of them.
SHARED_BY_MANY = 20
# Of so many people with one birthday (a placeholder like 1 January 1970) only those
# are compared who have one word of their names in common.
GROUP_OF_MANY = 200

FACTS = ("same_email", "same_phone", "same_birthday", "names_alike", "strength")


class ClubDuplicate(models.Model):
    """How duplicates are found: set-based, any number of times, by anybody."""

    _inherit = "club.duplicate"

    @api.model
    def _find(self, ids, later_only=False):
        """Find the pairs of some people and store them; forget what is true no more.

        Decided pairs are left alone. At least one of the two is of the club
        (``res.partner._club_sql_people``). The number of queries is the same for any
        number of people.

        :param ids: list of ids of ``res.partner``
        :param later_only: only the pairs in which they are the older card; a run over
            everybody finds each pair once that way
        :return: the pairs that are new
        """
        # sudo: pairs are found, nobody makes them; whoever asks sees his own
        duplicates = self.sudo()
        found = duplicates._pairs(ids, later_only)
        side = SQL("partner_id = ANY(%s)", ids)
        if not later_only:
            side = SQL("(%s OR other_id = ANY(%s))", side, ids)
        duplicates.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, partner_id, other_id FROM club_duplicate "
                "WHERE state = 'open' AND %s",
                side,
            )
        )
        gone = [row_id for row_id, *pair in rows if tuple(pair) not in found]
        duplicates.browse(gone).unlink()
        new = duplicates._store(found)
        duplicates.invalidate_model()
        return new.with_env(self.env)

    def _store(self, found):
        """Insert pairs, and bring the facts of open ones up to date.

        :param found: ``{(id, other id): facts and company}``
        :return: the pairs that are new
        """
        if not found:
            return self
        rows = [(*pair, *facts) for pair, facts in found.items()]
        columns = map(list, zip(*rows, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO club_duplicate AS old (
                    partner_id, other_id, same_email, same_phone, same_birthday,
                    names_alike, strength, company_id,
                    state, create_uid, create_date, write_uid, write_date
                )
                SELECT new.*, 'open', %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(
                    %(one)s::int[], %(other)s::int[], %(same_email)s::bool[],
                    %(same_phone)s::bool[], %(same_birthday)s::bool[],
                    %(names_alike)s::float[], %(strength)s::float[],
                    %(company)s::int[]) AS new
                ON CONFLICT (partner_id, other_id) DO UPDATE
                   SET same_email = EXCLUDED.same_email,
                       same_phone = EXCLUDED.same_phone,
                       same_birthday = EXCLUDED.same_birthday,
                       names_alike = EXCLUDED.names_alike,
                       strength = EXCLUDED.strength,
                       company_id = EXCLUDED.company_id
                 WHERE old.state = 'open'
                   AND (old.same_email, old.same_phone, old.same_birthday,
                        old.names_alike, old.company_id)
                       IS DISTINCT FROM
                       (EXCLUDED.same_email, EXCLUDED.same_phone,
                        EXCLUDED.same_birthday, EXCLUDED.names_alike,
                        EXCLUDED.company_id)
                RETURNING id, xmax = 0  -- a row that was there has one
                """,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                **dict(zip(("one", "other", *FACTS, "company"), columns, strict=True)),
            )
        )
        return self.browse([row_id for row_id, is_new in rows if is_new])

    # --- Candidates -------------------------------------------------------------------

    @api.model
    def _pairs(self, ids, later_only):
        """The likely pairs of some people.

        :return: ``{(lower id, higher id): (*FACTS, company id)}``
        """
        self.env["res.partner"].flush_model()
        mine = set(ids)
        same = defaultdict(set)  # pair -> what is the same
        for name, column in (
            ("email", "email_normalized"),  # in stock's normal forms
            ("phone", "phone_sanitized"),
        ):
            for group in self._groups(ids, column):
                if len(group) <= SHARED_BY_MANY:
                    for one, other in _neighbours(group, mine, later_only):
                        same[_pair(one, other)].add(name)
        for group in self._groups(ids, "club_birthday"):
            for one, other in _neighbours(group, mine, later_only):
                if likeness.person_likeness(one[1], other[1]):
                    same[_pair(one, other)].add("birthday")
        facts = self._facts_of({person for pair in same for person in pair})
        found = {}
        for pair, what in same.items():
            one, other = (facts[person] for person in pair)
            if _may_be_one(one, other):
                alike = likeness.person_likeness(one["folded"], other["folded"])
                is_same = [name in what for name in ("email", "phone", "birthday")]
                strength = likeness.pair_strength(*is_same, alike)
                company = one["company_id"] or other["company_id"]
                found[pair] = (*is_same, alike, strength, company)
        return found

    def _groups(self, ids, column):
        """People who have one value of a column with some of these people.

        :return: list of lists of ``(id, folded name)``
        """
        column = SQL.identifier(column)
        keys = self.env.execute_query(
            SQL(
                "SELECT DISTINCT mine.%s FROM res_partner mine "
                "WHERE mine.id = ANY(%s) AND mine.%s IS NOT NULL AND %s",
                column,
                ids,
                column,
                _sql_person("mine"),
            )
        )
        # the values in their own query: the database then hashes them, instead of
        # sorting all people by them
        rows = keys and self.env.execute_query(
            SQL(
                """
                SELECT array_agg(person.id), array_agg(person.name)
                  FROM res_partner person
                  JOIN unnest(%(keys)s) AS shared ON shared = person.%(column)s
                 WHERE %(is_person)s
                 GROUP BY shared
                HAVING count(*) > 1
                """,
                keys=[key for (key,) in keys],
                column=column,
                is_person=_sql_person("person"),
            )
        )
        return [
            [(person, likeness.fold(name)) for person, name in zip(*group, strict=True)]
            for group in rows
        ]

    def _facts_of(self, ids):
        """Folded name and what forbids a pair, ``{id: dict}``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT person.id, person.name, person.company_id, person.parent_id, %s
                  FROM res_partner person
                 WHERE person.id = ANY(%s)
                """,
                self.env["res.partner"]._club_sql_people("person"),
                list(ids),
            )
        )
        return {
            row_id: {
                "id": row_id,
                "folded": likeness.fold(name),
                "company_id": company_id,
                "parent_id": parent_id,
                "in_club": in_club,
            }
            for row_id, name, company_id, parent_id, in_club in rows
        }


def _sql_person(alias):
    """Whether a row is somebody's own card: no company, no address for deliveries."""
    return SQL(
        "%(row)s.active AND %(row)s.is_company IS NOT TRUE"
        " AND COALESCE(%(row)s.type, 'contact') = 'contact'",
        row=SQL.identifier(alias),
    )


def _pair(one, other):
    return min(one[0], other[0]), max(one[0], other[0])


def _may_be_one(one, other):
    """Whether stock could merge them, and one of them is of the club."""
    return (
        (one["in_club"] or other["in_club"])
        and one["parent_id"] != other["id"]
        and other["parent_id"] != one["id"]
        and not (
            one["company_id"]
            and other["company_id"]
            and one["company_id"] != other["company_id"]
        )
    )


def _neighbours(people, mine, later_only):
    """Pairs of people to compare, of which the first is one of ``mine``.

    :param people: list of ``(id, folded name)``
    """
    blocks = [people]
    if len(people) > GROUP_OF_MANY:
        by_word = defaultdict(list)
        for person in people:
            for word in set(person[1].split()):
                by_word[word].append(person)
        blocks = by_word.values()
    for block in blocks:
        for one in block:
            if one[0] not in mine:
                continue
            for other in block:
                if other[0] > one[0] if later_only else other[0] != one[0]:
                    yield one, other
