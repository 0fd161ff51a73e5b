from collections import Counter

from odoo import api, fields, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from .event_glance import limits_of

# Namespace of the advisory locks, one per event: any number that nobody else uses.
GATE = 1_129_075_010

PLACES = (
    """state IN ('open', 'done') OR (state = 'draft' AND club_held_until > """
    """(clock_timestamp() AT TIME ZONE 'UTC'))"""
)

# Common table expressions: who is wanted, who has a place, which limits there are, and
# which of them lack places.
COUNTED = """
    wanted AS (
        SELECT * FROM unnest(%(ids)s, %(slots)s, %(tickets)s)
                   AS w(id, slot_id, ticket_id)
    ), seated AS (
        SELECT id, COALESCE(event_slot_id, 0) AS slot_id,
               COALESCE(event_ticket_id, 0) AS ticket_id
          FROM event_registration
         WHERE event_id = %(event)s AND active AND (%(places)s)
           AND id <> ALL(%(written)s)
         UNION
        %(claims)s
    ), pool AS (
        SELECT * FROM unnest(%(kinds)s, %(pools)s, %(of_slot)s, %(of_ticket)s,
                             %(capacity)s)
                   AS p(kind, pool_id, slot_id, ticket_id, capacity)
    ), taken AS (
        SELECT DISTINCT kind, pool_id, pool.slot_id, seated.id
          FROM pool
          JOIN seated ON (pool.slot_id = 0 OR pool.slot_id = seated.slot_id)
                     AND (pool.ticket_id = 0
                          OR pool.ticket_id = seated.ticket_id)
    ), counted AS (
        SELECT kind, pool_id, slot_id, count(*) AS taken
          FROM taken GROUP BY kind, pool_id, slot_id
    ), asked AS (
        SELECT kind, pool_id, pool.slot_id, max(capacity) AS capacity,
               count(DISTINCT wanted.id) AS wanted
          FROM pool
          JOIN wanted ON (pool.slot_id = 0 OR pool.slot_id = wanted.slot_id)
                     AND (pool.ticket_id = 0
                          OR pool.ticket_id = wanted.ticket_id)
         WHERE NOT EXISTS (
               SELECT FROM taken
                WHERE (taken.kind, taken.pool_id, taken.slot_id, taken.id)
                    = (pool.kind, pool.pool_id, pool.slot_id, wanted.id))
         GROUP BY kind, pool_id, pool.slot_id
    ), awaited(kind, pool_id, slot_id, places) AS (
        %(awaited)s
    ), gone AS (
        SELECT asked.*, COALESCE(taken, 0) + COALESCE(places, 0) AS places
          FROM asked
          LEFT JOIN counted USING (kind, pool_id, slot_id)
          LEFT JOIN awaited USING (kind, pool_id, slot_id)
    ), lacking AS (
        SELECT kind, pool_id, slot_id, wanted,
               GREATEST(capacity - places, 0) AS left_over
          FROM gone
         WHERE places + wanted > capacity
    )
"""

NOBODY_WAITS = SQL("SELECT NULL::text, 0, 0, 0 WHERE false")


class ClubEventClaim(models.Model):
    """The gate of an event: who may take a place at this moment.

    Odoo's transactions are REPEATABLE READ: each counts the places in a snapshot of
    its own, so two buyers who come together both find the last one free. Here a
    transaction that takes places says so *before* it ends, in a statement of its own
    on a second connection (READ COMMITTED), one event at a time:

    * a **claim** is a row of ``club_event_claim``: registration and the identifier of
      the transaction that makes it. It counts as long as that transaction runs, and
      not a moment longer: in one snapshot a transaction is either running, then its
      claims count, or it is over, and then what it committed is visible, or nothing
      was. Nothing has to be given back, whether a request fails or a worker is killed;
    * taken are the registrations that everybody sees, and the claims.

    The lock, the count and the claim are one message to the server, in a transaction
    that the server itself ends: no worker that stops or dies can keep the gate shut.
    The table is unlogged: after a crash of the server none of these transactions runs.
    Source: field.md section 4 (what holds and what oversells, measured).
    """

    _name = "club.event.claim"
    _description = "Claim of a Place"

    _log_access = False

    event_id = fields.Integer(required=True)
    registration_id = fields.Integer(required=True)
    slot_id = fields.Integer(required=True)
    ticket_id = fields.Integer(required=True)
    xid = fields.Char(string="Transaction", required=True)

    # Integers, since what they name is seldom there for others yet.
    _once = models.UniqueIndex("(event_id, registration_id, slot_id, ticket_id, xid)")

    def init(self):
        self.env.cr.execute(
            "SELECT relpersistence FROM pg_class WHERE relname = 'club_event_claim'"
        )
        if self.env.cr.fetchone() != ("u",):
            self.env.cr.execute("ALTER TABLE club_event_claim SET UNLOGGED")

    @api.model
    def _take(self, event, rows, pools, queue=True):
        """Take a place for each of these registrations, or for none of them.

        :param event: the ``event.event``
        :param rows: list of ``(registration id, slot id, ticket id)``, 0 for none
        :param pools: see ``event.event._club_pools``
        :param queue: whether places that others wait for are not there, see
            ``_awaited``
        :return: ``{(kind, id, slot id): (left, wanted)}`` of the pools that lack
            places; empty if all were taken
        :raise psycopg2.errors.LockNotAvailable: the gate was busy for seconds; Odoo
            runs the request again
        """
        own = self._transaction_id()
        if self._claim_quickly(event, rows, pools, own, queue):
            return {}
        lacking, claimed = self._ask(event, rows, pools, own, queue)
        if lacking and claimed:
            # A savepoint that was rolled back, or a place given up in this same
            # transaction, leaves claims of ours that stand for nothing.
            if void := self._void(claimed):
                lacking, _claimed = self._ask(event, rows, pools, own, queue, void)
        return lacking

    @api.model
    def _lacking(self, event, rows, pools, queue=True, before=None):
        """As ``_take``, in this transaction's own snapshot, without taking anything.

        It sees what this transaction has done itself, which the gate cannot: an event
        made, a limit set, a place given up a moment ago.

        :param before: ``(registration id, slot id, ticket id)`` of those rows that had
            a place before they were written; None where that is not known, and then
            the places that they have are not counted as new
        """
        self.env["event.registration"].flush_model()
        written = [] if before is None else [row[0] for row in rows]
        had = [row for row in before or () if row[0] in written]
        claims = SQL(
            "SELECT * FROM unnest(%s::int[], %s::int[], %s::int[])",
            *([row[column] for row in had] for column in range(3)),
        )
        query = SQL(
            "WITH %s SELECT kind, pool_id, slot_id, left_over, wanted FROM lacking",
            self._counted(event, rows, pools, claims, queue, written),
        )
        return self._by_pool(self.env.execute_query(query))

    def _transaction_id(self):
        [(own,)] = self.env.execute_query(SQL("SELECT pg_current_xact_id()::text"))
        return own

    def _claim_quickly(self, event, rows, pools, own, queue):
        """Claim where there is plenty: as if nobody had a place before, or waited.

        Nearly all that ``_ask`` takes is the time to plan its statement, while others
        stand before the gate; this one is planned in a third of it. Where it claims,
        ``_ask`` would have claimed too.

        :return: whether it did; where not, ``_ask`` has to
        """
        wanted = Counter((slot_id, ticket_id) for _id, slot_id, ticket_id in rows)
        room = [
            SQL(
                "(SELECT count(DISTINCT id) FROM seated WHERE %s) <= %s",
                limit.of("slot_id", "ticket_id"),
                limit.capacity - asked,
            )
            for limit in limits_of(pools)
            if (asked := limit.count(wanted))
        ]
        ids, slots, tickets = zip(*rows, strict=True)
        statement = SQL(
            """
            WITH seated AS (
                SELECT id, COALESCE(event_slot_id, 0) AS slot_id,
                       COALESCE(event_ticket_id, 0) AS ticket_id
                  FROM event_registration
                 WHERE event_id = %(event)s AND active AND (%(places)s)
                 UNION ALL
                SELECT registration_id, slot_id, ticket_id
                  FROM club_event_claim
                 WHERE event_id = %(event)s
            )
            INSERT INTO club_event_claim
                   (event_id, registration_id, slot_id, ticket_id, xid)
            SELECT %(event)s, id, slot_id, ticket_id, %(own)s
              FROM unnest(%(ids)s, %(slots)s, %(tickets)s) AS w(id, slot_id, ticket_id)
             WHERE %(room)s
                ON CONFLICT DO NOTHING
            RETURNING 1
            """,
            event=event.id,
            own=own,
            places=SQL(PLACES),
            ids=list(ids),
            slots=list(slots),
            tickets=list(tickets),
            room=SQL(" AND ").join(
                [*room, self._nobody_waits(event) if queue else SQL("TRUE")]
            ),
        )
        return len(self._through_the_gate(event, own, statement)) == len(rows)

    @api.model
    def _nobody_waits(self, event):
        """``SQL`` of a condition; see ``_awaited``."""
        return SQL("TRUE")

    def _ask(self, event, rows, pools, own, queue, void=()):
        """Count, and claim if nothing lacks; see ``_take``.

        :return: what ``_take`` returns, and the registrations that this transaction
            had claimed before, if it got nothing
        """
        claims = SQL(
            """
            SELECT registration_id, slot_id, ticket_id FROM club_event_claim
             WHERE event_id = %s
            """,
            event.id,
        )
        statement = SQL(
            """
            WITH %(counted)s, claimed AS (
                INSERT INTO club_event_claim
                       (event_id, registration_id, slot_id, ticket_id, xid)
                SELECT %(event)s, id, slot_id, ticket_id, %(own)s
                  FROM wanted
                 WHERE NOT EXISTS (SELECT FROM lacking)
                    ON CONFLICT DO NOTHING
            )
            SELECT kind, pool_id, slot_id, left_over, wanted FROM lacking
             UNION ALL
            SELECT 'own', registration_id, slot_id, ticket_id, 0
              FROM club_event_claim
             WHERE event_id = %(event)s AND xid = %(own)s
               AND EXISTS (SELECT FROM lacking)
            """,
            event=event.id,
            own=own,
            counted=self._counted(event, rows, pools, claims, queue),
        )
        answer = self._through_the_gate(event, own, statement, void)
        lacking = [row for row in answer if row[0] != "own"]
        return self._by_pool(lacking), [row[1:4] for row in answer if row[0] == "own"]

    def _through_the_gate(self, event, own, statement, void=()):
        """Send one message on a second connection, which ends its own transaction.

        :param void: registrations whose claims by this transaction stand for nothing
        :return: the rows of the statement, which is run behind the lock
        """
        message = SQL(
            """
            SET LOCAL lock_timeout = '5s';
            SELECT pg_advisory_xact_lock(%(gate)s, %(event)s);
            DELETE FROM club_event_claim
             WHERE event_id = %(event)s
               AND (pg_visible_in_snapshot(xid::xid8, pg_current_snapshot())
                    OR (xid = %(own)s AND registration_id = ANY(%(void)s)));
            %(statement)s
            """,
            gate=GATE,
            event=event.id,
            own=own,
            void=list(void),
            statement=statement,
        )
        with self.env.registry.cursor() as cr:
            if isinstance(cr, Cursor):  # tests have one connection for all
                cr._cnx.autocommit = True
            cr.execute(message)
            return cr.fetchall()

    @api.model
    def _awaited(self, event):
        """Places that are not there for newcomers, since others wait for them.

        :return: ``SQL`` of a query for ``kind, pool_id, slot_id, places``, which may
            use the expressions of ``COUNTED``; files below extend it
        """
        return NOBODY_WAITS

    def _counted(self, event, rows, pools, claims, queue, written=()):
        """Common table expressions: ``wanted``, ``seated``, ``pool``, ``lacking``.

        A registration that moves to another ticket takes a place of both until its
        transaction is over; of the event it takes one. Only those count as wanted who
        have no place in that pool yet: whoever has one keeps it, also where the limit
        was lowered meanwhile.
        """
        ids, slots, tickets = zip(*rows, strict=True)
        return SQL(
            COUNTED,
            ids=list(ids),
            slots=list(slots),
            tickets=list(tickets),
            event=event.id,
            places=SQL(PLACES),
            written=list(written),
            claims=claims,
            awaited=self._awaited(event) if queue else NOBODY_WAITS,
            kinds=[pool.kind for pool in pools],
            pools=[pool.id for pool in pools],
            of_slot=[pool.slot_id for pool in pools],
            of_ticket=[pool.ticket_id for pool in pools],
            capacity=[pool.capacity for pool in pools],
        )

    @api.model
    def _by_pool(self, rows):
        return {tuple(row[:3]): (row[3], row[4]) for row in rows}

    def _void(self, claimed):
        """Which of this transaction's claims stand for no place any more."""
        Registration = self.env["event.registration"]
        Registration.flush_model()
        seated = self.env.execute_query(
            SQL(
                """
                SELECT id FROM event_registration
                 WHERE id = ANY(%s) AND active AND (%s)
                """,
                [registration for registration, _slot, _ticket in claimed],
                SQL(PLACES),
            )
        )
        living = {id_ for (id_,) in seated}
        return [row[0] for row in claimed if row[0] not in living]
