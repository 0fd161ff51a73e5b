import json
from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.tools import SQL
from odoo.tools.mail import plaintext2html

from ...tools import likeness_of_names as likeness
from .club_watch import _lines

STEPS = 3  # links from a person to a company that still count as his
DOMAIN_LEAST = 0.9  # a domain's name has no legal form and no second word
CARDS_AT_ONCE = 20_000

# What says more stands first: of equally like grounds it is the one that is told.
GROUNDS = ("vat", "domain", "name", "domain_name")
FACTS = ("company_id", "ground", "found", "word", "likeness", "path", "steps")


class ClubWatch(models.Model):
    """How dream accounts are found.

    From the entries' side: first the cards whose own name, tax number or domain is
    like an entry (few), then along links back to people of the club. So a hub with
    thousands of links costs nothing unless it is a dream account itself.
    """

    _inherit = "club.watch"

    # --- What is looked for --------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _entries(self):
        """All live entries, see ``_ready``; once per change of the watch-list."""
        # sudo: the finder compares with the entries of all companies
        return self.sudo().search([("active", "=", True)])._ready()

    def _ready(self):
        """These entries as they are compared with.

        :return: dict of ``brands`` (``Brands``, the keys are tuples of ids), ``vats``
            and ``domains`` (``{folded: {id: brand}}``), ``companies`` (``{id: id}``),
            ``seen``, a cache
        """
        entries = self.filtered("active")
        names, vats, domains = {}, defaultdict(dict), defaultdict(dict)
        for entry in entries:
            for name in entry._names():
                names.setdefault(name, []).append(entry.id)
            for vat in _lines(entry.vats):
                vats[likeness.fold_vat(vat)][entry.id] = entry.name
            for domain in _lines(entry.domains):
                domains[likeness.own_domain(domain)][entry.id] = entry.name
        # two entries may have one spelling
        keyed = {name: tuple(ids) for name, ids in names.items()}
        return {
            "brands": likeness.Brands(keyed),
            "vats": dict(vats),
            "domains": dict(domains),
            "seen": {},  # domains that were compared
            "companies": {entry.id: entry.company_id.id for entry in entries},
        }

    @api.model
    def _has_entries(self):
        return bool(self._entries()["companies"])

    # --- Looking -------------------------------------------------------------------

    @api.model
    def _look(self, ids, entries=None):
        """Compare some cards with the watch-list, and store what belongs to it.

        What is no longer so is forgotten, unless somebody has decided on it. Any
        number of times, by anybody; the number of queries does not depend on the
        number of cards.

        :param ids: ids of ``res.partner``: companies or people
        :param entries: ``club.watch`` to look for; all of them if it is not given
        :return: the ``club.watch.hit`` that are new; their people are told
        """
        # sudo: finds are made by the finder alone
        Hit = self.env["club.watch.hit"].sudo()
        known = self._entries() if entries is None else entries._ready()
        alike = self._alike(ids, known)
        found = self._hits_of(alike, known["companies"])
        Hit.flush_model()
        only = SQL("TRUE")
        if entries is not None:
            only = SQL("watch_id = ANY(%s)", entries.ids)
        rows = self.env.execute_query(
            SQL(
                "SELECT id, watch_id, partner_id, firm_id FROM club_watch_hit "
                "WHERE state = 'open' AND firm_id = ANY(%s) AND %s",
                list(ids),
                only,
            )
        )
        gone = Hit.browse([row[0] for row in rows if tuple(row[1:]) not in found])
        if gone:
            gone._cancel_activities()
            gone.unlink()
        new = Hit._store(found)
        Hit.invalidate_model()
        new._tell()
        return new

    def _look_everywhere(self):
        """Compare every card with these entries, at once: they are new or changed."""
        rows = self.env.execute_query(SQL("SELECT id FROM res_partner ORDER BY id"))
        ids = [row[0] for row in rows]
        for start in range(0, len(ids), CARDS_AT_ONCE):
            self._look(ids[start : start + CARDS_AT_ONCE], self)

    @api.model
    def _alike(self, ids, known):
        """The entries that these cards' own names, numbers and domains are like.

        :param known: result of ``_ready``
        :return: ``{card: {entry: (likeness, ground, found, word)}}``
        """
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, name, is_company, company_name, email_normalized, website,
                       -- stock copies the number to the people of a company
                       CASE WHEN commercial_partner_id = id THEN vat END
                  FROM res_partner
                 WHERE id = ANY(%s) AND active
                """,
                list(ids),
            )
        )
        alike = {card: _grounds(known, *facts) for card, *facts in rows}
        return {card: found for card, found in alike.items() if found}

    @api.model
    def _hits_of(self, alike, companies):
        """People of the club who belong to cards that are like an entry.

        :param alike: result of ``_alike``
        :param companies: ``{entry: its company or False}``
        :return: ``{(entry, person, card): values in the order of FACTS}``
        """
        hits = {}
        for card, person, company, path in self._people_of(list(alike)):
            for entry, (score, ground, found, word) in alike[card].items():
                theirs = companies[entry]
                if theirs and company and theirs != company:
                    continue
                steps = sum(bool(kind) for kind, _back, _card in path)
                facts = (theirs or company, ground, found, word, score, path, steps)
                hits[entry, person, card] = facts
        return hits

    # --- Links ---------------------------------------------------------------------

    @api.model
    def _around(self, ids):
        """These cards, their companies, and what is up to ``STEPS`` links away."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, parent_id, commercial_partner_id FROM res_partner "
                "WHERE id = ANY(%s)",
                list(ids),
            )
        )
        seen = {card for row in rows for card in row if card}
        return list(self._walk(dict.fromkeys(seen)))

    @api.model
    def _walk(self, starts):
        """Go along live links, in both directions, one query for each step.

        :param starts: ``{card: what it is called in the result}``
        :return: ``{card reached: {card started from: [[kind, back, card], ...]}}``,
            the shortest way from the one reached to the start, one of equals
        """
        self.env["club.link"].flush_model()
        today = fields.Date.context_today(self)
        reached = {card: {origin: []} for card, origin in starts.items()}
        frontier = dict.fromkeys(starts)
        for _step in range(STEPS):
            if not frontier:
                break
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT from_id, to_id, kind_id FROM club_link
                     WHERE active AND (date_to IS NULL OR date_to >= %(today)s)
                       AND (from_id = ANY(%(cards)s) OR to_id = ANY(%(cards)s))
                     ORDER BY id
                    """,
                    today=today,
                    cards=list(frontier),
                )
            )
            before = {card: dict(reached[card]) for card in frontier}
            frontier = {}
            for one, other, kind in rows:
                for start, end, back in ((one, other, True), (other, one, False)):
                    # from ``end`` one goes to ``start``, so it is said of ``end``
                    ways = reached.setdefault(end, {})
                    for origin, way in before.get(start, {}).items():
                        if origin not in ways:
                            ways[origin] = [[kind, back, start], *way]
                            frontier[end] = None
        return reached

    @api.model
    def _people_of(self, cards):
        """People of the club to whom these cards belong: by their company, or by
        links.

        :return: list of ``(card, person, the person's company_id, path)``
        """
        if not cards:
            return []
        self.env["res.partner"].flush_model()
        reached = self._walk({card: card for card in cards})
        rows = self.env.execute_query(
            SQL(
                """
                SELECT person.id, person.company_id,
                       person.parent_id, person.commercial_partner_id
                  FROM res_partner person
                 WHERE person.active AND %(of_the_club)s
                   AND (person.id = ANY(%(cards)s)
                        OR person.parent_id = ANY(%(cards)s)
                        OR person.commercial_partner_id = ANY(%(cards)s))
                """,
                of_the_club=self.env["res.partner"]._club_sql_people("person"),
                cards=list(reached),
            )
        )
        found = []
        for person, company, parent, commercial in rows:
            ways = dict(reached.get(person, {}))
            for firm in (parent, commercial):
                for card, way in reached.get(firm, {}).items():
                    # shorter than by the person's own links, or the only one
                    if firm != person and len(way) < len(ways.get(card, [None] * 9)):
                        ways[card] = [[0, False, firm], *way]
            found += [(card, person, company, way) for card, way in ways.items()]
        return found


def _grounds(known, name, is_company, company_name, email, website, vat):
    """What entries a card is like, and by what, the best of each.

    :return: ``{entry: (likeness, ground, found, word)}``
    """
    grounds = []
    if known["vats"] and vat:
        grounds += [
            (entry, (1.0, "vat", vat, word))
            for entry, word in known["vats"].get(likeness.fold_vat(vat), {}).items()
        ]
    addresses = {email and email.rpartition("@")[2], website} - {None, False, ""}
    for address in sorted(addresses):
        grounds += _grounds_of_domain(known, likeness.own_domain(address))
    for written in {is_company and name, company_name} - {None, False, ""}:
        like = known["brands"].like(likeness.fold_firm(written))
        grounds += [
            (entry, (score, "name", written, word))
            for entries, (word, score) in like.items()
            for entry in entries
        ]
    best = {}
    for entry, fact in grounds:
        if entry not in best or _rank(fact) > _rank(best[entry]):
            best[entry] = fact
    return best


def _grounds_of_domain(known, domain):
    """As ``_grounds``, for one domain; thousands of people share one."""
    seen = known["seen"]
    if domain not in seen:
        if len(seen) > 20_000:  # a cache, not a copy of the address book
            seen.clear()
        seen[domain] = list(_compare_domain(known, domain)) if domain else []
    return seen[domain]


def _compare_domain(known, domain):
    parts = domain.split(".")
    for at in range(len(parts) - 1):
        for entry, word in known["domains"].get(".".join(parts[at:]), {}).items():
            yield entry, (1.0, "domain", domain, word)
    registered = likeness.name_in_domain(domain)
    for entries, (word, score) in known["brands"].like(registered).items():
        if score >= DOMAIN_LEAST:
            for entry in entries:
                yield entry, (score, "domain_name", domain, word)


def _rank(fact):
    return fact[0], -GROUNDS.index(fact[1])


class ClubWatchHit(models.Model):
    _inherit = "club.watch.hit"

    def _store(self, found):
        """Insert finds, and bring the facts of open ones up to date.

        :param found: result of ``club.watch._hits_of``
        :return: those that are new
        """
        if not found:
            return self
        rows = [
            (*key, *facts[:-2], json.dumps(facts[-2]), facts[-1])
            for key, facts in found.items()
        ]
        columns = map(list, zip(*rows, strict=True))
        names = ("watch", "partner", "firm", *FACTS)
        stored = self.env.execute_query(
            SQL(
                """
                INSERT INTO club_watch_hit AS old (
                    watch_id, partner_id, firm_id, company_id, ground, found, word,
                    likeness, path, steps,
                    state, create_uid, create_date, write_uid, write_date
                )
                SELECT new.*, 'open', %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(
                    %(watch)s::int[], %(partner)s::int[], %(firm)s::int[],
                    %(company_id)s::int[], %(ground)s::varchar[], %(found)s::varchar[],
                    %(word)s::varchar[], %(likeness)s::float[], %(path)s::jsonb[],
                    %(steps)s::int[]) AS new
                ON CONFLICT (watch_id, partner_id, firm_id) DO UPDATE
                   SET company_id = EXCLUDED.company_id, ground = EXCLUDED.ground,
                       found = EXCLUDED.found, word = EXCLUDED.word,
                       likeness = EXCLUDED.likeness, path = EXCLUDED.path,
                       steps = EXCLUDED.steps
                 WHERE old.state = 'open'
                   AND (old.company_id, old.ground, old.found, old.word, old.likeness,
                        old.path)
                       IS DISTINCT FROM
                       (EXCLUDED.company_id, EXCLUDED.ground, EXCLUDED.found,
                        EXCLUDED.word, EXCLUDED.likeness, EXCLUDED.path)
                RETURNING id, xmax = 0  -- a row that was there has one
                """,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                **dict(zip(names, columns, strict=True)),
            )
        )
        return self.browse([hit for hit, is_new in stored if is_new])

    def _tell(self):
        """A task for whoever is to know: one per entry and person, however many of
        his companies are found."""
        if not self:
            return
        told = self.search(
            [
                ("watch_id", "in", self.watch_id.ids),
                ("partner_id", "in", self.partner_id.ids),
                ("activity_id.active", "=", True),
            ]
        )
        told = {(hit.watch_id, hit.partner_id) for hit in told}
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get("res.partner")
        today = fields.Date.context_today(self)
        tasks = {}
        for hit in self.sorted(lambda hit: (-hit.likeness, hit.steps, hit.id)):
            key = (hit.watch_id, hit.partner_id)
            user = hit._told_user()
            if key in told or not user:
                continue
            told.add(key)
            hit = hit.with_context(lang=user.lang or self.env.lang)
            tasks[hit.id] = {
                "activity_type_id": todo.id,
                "automated": True,
                "summary": hit.env._(
                    "Watch-list: does %(person)s belong to “%(brand)s”?",
                    person=hit.partner_id.name,
                    brand=hit.watch_id.name,
                ),
                "note": plaintext2html(
                    "\n\n".join(filter(None, (hit.reason, hit.watch_id.why)))
                ),
                "date_deadline": today,
                "res_model_id": model.id,
                "res_id": hit.partner_id.id,
                "user_id": user.id,
            }
        # no letter to the manager for each of his tasks
        Activity = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        made = Activity.create(list(tasks.values()))
        for hit, activity in zip(self.browse(tasks), made, strict=True):
            hit.activity_id = activity

    def _told_user(self):
        """The entry's own user, else whoever looks after the person."""
        self.ensure_one()
        user = self.watch_id.user_id
        return user if user.active else self.partner_id._club_watch_responsible()
