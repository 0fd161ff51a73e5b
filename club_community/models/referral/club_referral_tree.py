"""The tree: whom somebody has brought, whom those have brought ... (S0.12, S0.18).

One recursive statement walks down from ``res.partner.club_referrer_id``, whatever the
number of people. There are no circles (``res_partner_chain``), so it ends.
"""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# At most so many names of a level for a member; the others are a number.
SHOWN = 30


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _club_sql_tree(self, tops, levels=None):
        """``root_id, person_id, level`` of everybody below; for ``WITH RECURSIVE``.

        :param tops: SQL condition on ``top``, a ``res_partner`` of level 1, whose
            referrer is the root
        :param levels: so many levels down; all if None
        """
        return SQL(
            """
            SELECT top.club_referrer_id AS root_id, top.id AS person_id, 1 AS level
              FROM res_partner top
             WHERE top.club_referrer_id IS NOT NULL AND %(tops)s
             UNION ALL
            SELECT tree.root_id, person.id, tree.level + 1
              FROM tree
              JOIN res_partner person ON person.club_referrer_id = tree.person_id
             WHERE %(within)s
            """,
            tops=tops,
            within=SQL("TRUE") if levels is None else SQL("tree.level < %s", levels),
        )

    def _club_tree(self, levels=None, everybody=False):
        """Levels 1..n below these people: how many, who joined, what they brought in.

        One statement, whatever the number of people and of levels. Called with
        whatever rights: who may see the sums is the caller's business. Money is that
        of the current company, in its currency: posted invoices less credit notes.

        :param levels: so many levels down; all if None
        :param everybody: everybody who has brought anybody, not only these people
        :return: of those with anybody below ``{id: [level ...]}``; a level is
            ``{"level", "people", "joined", "revenue", "paid"}`` and a sum by the name
            of each stream (``club.referral._stream_names()``)
        """
        if not (self.ids or everybody):
            return {}
        # sudo: sums over people and invoices of others
        self.env["club.referral"].sudo()._flush_revenue()
        tree = {}
        streams = self.env["club.referral"]._stream_names()
        columns = ("level", "people", "joined", "revenue", "paid", *streams)
        for root, *values in self.env.execute_query(
            self._club_sql_levels(levels, everybody)
        ):
            tree.setdefault(root, []).append(dict(zip(columns, values, strict=True)))
        return tree

    @api.model
    def _club_sql_by_stream(self):
        """A sum per stream, over lines of ``club.referral._sql_revenue``."""
        return SQL(", ").join(
            SQL(
                "sum(invoiced) FILTER (WHERE stream = %s) AS %s",
                stream,
                SQL.identifier(stream),
            )
            for stream in self.env["club.referral"]._stream_names()
        )

    def _club_sql_levels(self, levels=None, everybody=False):
        """``root_id, level, people, joined, revenue, paid`` and a column per stream."""
        referrals = self.env["club.referral"]
        company = SQL("i.company_id = %s", self.env.company.id)
        if everybody:
            tops, people = SQL("TRUE"), company
        else:
            tops = SQL("top.club_referrer_id = ANY(%s)", self.ids)
            people = SQL("%s AND i.partner_id IN (SELECT person_id FROM tree)", company)
        streams = referrals._stream_names()
        return SQL(
            """
            WITH RECURSIVE tree AS (%(tree)s), money AS (
                SELECT partner_id, sum(invoiced) AS revenue, sum(paid) AS paid,
                       %(by_stream)s
                  FROM (%(lines)s) line GROUP BY partner_id
            )
            SELECT tree.root_id, tree.level, count(*) AS people,
                   count(person.club_joined) AS joined,
                   COALESCE(sum(money.revenue), 0), COALESCE(sum(money.paid), 0),
                   %(sums)s
              FROM tree
              JOIN res_partner person ON person.id = tree.person_id
         LEFT JOIN money ON money.partner_id = tree.person_id
          GROUP BY tree.root_id, tree.level
          ORDER BY tree.root_id, tree.level
            """,
            tree=self._club_sql_tree(tops, levels),
            by_stream=self._club_sql_by_stream(),
            lines=referrals._sql_revenue(people),
            sums=SQL(", ").join(
                SQL("COALESCE(sum(money.%s), 0)", SQL.identifier(stream))
                for stream in streams
            ),
        )

    # --- For the member himself -----------------------------------------------------

    def _club_branch(self, levels=None, shown=SHOWN):
        """The member's own branch for his portal: counts, and names with consent only.

        A name is there only if its owner has agreed to be shown to members
        (``_club_likeness_domain``); no money, no contact. Called with whatever rights
        by a page that has found the member itself.

        :param levels: so many levels down; all if None
        :param shown: at most so many names of a level
        :return: a list of ``{"level", "people", "joined", "names", "others"}`` by
            level; ``names`` are ``{"name", "joined", "by"}`` in the order of names,
            where ``by`` is the name of who has brought that person (empty on level 1,
            and where that one has not agreed); ``others`` is how many are not named
        """
        self.ensure_one()
        self.env["res.partner"].flush_model(["club_referrer_id", "club_joined"])
        tree = self._club_sql_tree(SQL("top.club_referrer_id = %s", self.id), levels)
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE tree AS (%s)
                SELECT tree.level, person.id, person.club_referrer_id,
                       person.club_joined IS NOT NULL
                  FROM tree JOIN res_partner person ON person.id = tree.person_id
                """,
                tree,
            )
        )
        # sudo: a member has no rights on contacts; the domain says who agreed
        people_sudo = self.env["res.partner"].sudo()
        agreed = people_sudo._club_likeness_domain(for_member=True)
        below = [person for _level, person, _by, _joined in rows]
        found = people_sudo.search_fetch(agreed & Domain("id", "in", below), ["name"])
        names = {person.id: person.name or "" for person in found}
        branch = {}
        for level, person, by, joined in rows:
            at = branch.setdefault(
                level, {"level": level, "people": 0, "joined": 0, "names": []}
            )
            at["people"] += 1
            at["joined"] += joined
            if names.get(person):
                name = {"name": names[person], "joined": joined, "by": ""}
                at["names"].append(name | {"by": names.get(by, "")})
        for at in branch.values():
            at["names"] = sorted(at["names"], key=lambda one: one["name"])[:shown]
            at["others"] = at["people"] - len(at["names"])
        return [branch[level] for level in sorted(branch)]
