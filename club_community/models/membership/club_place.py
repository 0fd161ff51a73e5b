import random

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...tools import period

# So many free rows are looked at for one buyer; each takes another, so that two who
# come together seldom want the same.
CHOICE = 100


class ClubPlace(models.Model):
    """One place of a plan whose places are counted: a row, free or somebody's.

    Whoever wants a place takes a free row (``FOR UPDATE SKIP LOCKED``); of two who
    want the same the second is run again by Odoo. Counting memberships instead would
    oversell: every transaction counts in a snapshot of its own.

    A row belongs to its holder while he has a live period of the plan, or until
    ``held_until`` (an offer, or an order that is not paid yet). Facts decide, so
    ``_release`` may run at any time and any number of times.
    """

    _name = "club.place"
    _description = "Place of a Plan"
    _order = "plan_id, id"
    _rec_name = "partner_id"

    plan_id = fields.Many2one(
        "club.plan", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Holder",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    held_until = fields.Datetime(
        readonly=True, help="Empty while the holder is a member."
    )
    is_extra = fields.Boolean(
        string="Beyond the Limit",
        readonly=True,
        help="Given on purpose, or left from a higher limit; it goes with its holder.",
    )
    reason = fields.Char(readonly=True)

    _one_per_person = models.UniqueIndex(
        "(plan_id, partner_id) WHERE partner_id IS NOT NULL",
        "This person has a place of this plan already.",
    )
    _free_idx = models.Index("(plan_id, id) WHERE partner_id IS NULL")
    _held_until_idx = models.Index("(held_until) WHERE held_until IS NOT NULL")

    # --- Take -------------------------------------------------------------------

    @api.model
    def _claim(self, plan, partners, until=False, first=False):
        """Take a place of a plan for each of these people, who may have one already.

        :param until: datetime, how long at least the place is held without a payment;
            empty: the holders are members
        :param first: whether to pass those who wait in the queue
        :return: the ``res.partner`` for whom there is none
        :raise psycopg2.errors.SerializationFailure: somebody took the same place at
            this moment; Odoo runs the request again
        """
        if not plan.is_limited:
            return partners.browse()
        # sudo: buyers have no rights on places
        Place = self.sudo()
        mine = Place.search(
            [("plan_id", "=", plan.id), ("partner_id", "in", partners.ids)]
        )
        mine._keep(until)
        without = partners - mine.partner_id.with_env(partners.env)
        refused = partners.browse()
        for pool, people in without.grouped(plan._place_pool).items():
            if first or not plan._is_awaited(pool, people):
                people = people[Place._take(plan, pool, people, until) :]
            refused |= people
        return refused

    def _take(self, plan, pool, people, until):
        """Take free rows of a pool for the first of these people; return how many."""
        domain = [("plan_id", "=", plan.id), ("partner_id", "=", False), *pool]
        free = self.search(domain, limit=max(CHOICE, len(people)), order="id")
        free = free.browse(random.sample(free.ids, len(free)))
        places = free.try_lock_for_update(limit=len(people))
        try:
            with self.env.cr.savepoint():
                for place, person in zip(places, people, strict=False):
                    place.write({"partner_id": person.id, "held_until": until})
        except psycopg2.errors.UniqueViolation as error:
            # another request of the same person was first: look again
            raise ConcurrencyError(str(error)) from error
        return len(places)

    def _keep(self, until):
        """Somebody who has these places already buys again: hold them long enough.

        A place that is about to be given back is written in any case: whoever gives
        it back at this moment has to look again.
        """
        lapsed = self & self._lapsed() if self else self
        for place in self:
            held = place.held_until
            if place in lapsed:
                place.held_until = until or fields.Datetime.now()
            elif until and held and held < until:
                place.held_until = until

    def _hold_for_members(self):
        self.filtered("held_until").write({"held_until": False})

    # --- Give back --------------------------------------------------------------

    @api.model
    def _lapsed(self):
        """Places whose holder is no member, and whose time is over (one query)."""
        self.env["club.membership"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT place.id
                  FROM club_place place
                 WHERE place.partner_id IS NOT NULL
                   AND (place.held_until IS NULL OR place.held_until < %(now)s)
                   AND NOT EXISTS (
                       SELECT FROM club_membership membership
                        WHERE membership.partner_id = place.partner_id
                          AND membership.plan_id = place.plan_id
                          AND membership.state IN %(live)s)
                 ORDER BY place.id
                """,
                now=fields.Datetime.now(),
                live=tuple(period.LIVE_STATES),
            )
        )
        return self.browse(id_ for (id_,) in rows)

    def _release(self):
        """Free those of these places that are nobody's any more; call the next."""
        lapsed = (self & self._lapsed()).try_lock_for_update()
        plans = lapsed.plan_id
        extra = lapsed.filtered("is_extra")
        extra.unlink()
        (lapsed - extra).write({"partner_id": False, "held_until": False})
        plans._call_next()

    def _take_away(self, count):
        """Fewer places: free ones go, then those taken last go with their holders."""
        free = self.filtered(lambda place: not place.partner_id)
        gone = free.try_lock_for_update()[:count]
        taken = (self - gone).filtered("partner_id")
        left_over = count - len(gone)
        taken[len(taken) - left_over :].is_extra = True
        gone.unlink()

    @api.model
    def _of(self, memberships):
        """Places that the people of these memberships hold, of their plans."""
        limited = memberships.filtered("plan_id.is_limited")
        if not limited:
            return self.browse()
        # sudo: whoever pays, or is refunded, has no rights on places
        places = self.sudo().search(
            [
                ("plan_id", "in", limited.plan_id.ids),
                ("partner_id", "in", limited.partner_id.ids),
            ]
        )
        pairs = {(m.plan_id.id, m.partner_id.id) for m in limited}
        return places.filtered(lambda p: (p.plan_id.id, p.partner_id.id) in pairs)
