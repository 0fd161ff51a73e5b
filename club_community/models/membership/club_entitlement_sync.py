import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .club_entitlement import OPEN_STATES
from .res_partner import STATES_WITH_LEVEL

_logger = logging.getLogger(__name__)

# Key and giver of a wanted row, in the order of ``_wanted``.
INSERTED = (
    "partner",
    "kind",
    "res",
    "counted",
    "membership",
    "line",
    "quantity",
    "company",
)


class ClubEntitlement(models.Model):
    """Facts are compared with the ledger, and the difference is carried out: whoever
    asks, and however often, people have what their paid periods open and no more."""

    _inherit = "club.entitlement"

    @api.model
    def _reconcile(self, partners, given_because, taken_because):
        """Give these people what their live periods open, and take what they do not.

        What another live period opens as well stays as it is, so a renewal, or a
        second membership, changes nothing that can be felt. The number of queries
        does not depend on the number of people. A driver that fails never raises.

        :param partners: ``res.partner`` recordset
        :param given_because: value of ``given_because``
        :param taken_because: value of ``taken_because``
        :return: rows that were opened, rows that were taken back
        """
        if not partners:
            return self, self
        # sudo: the ledger is written by nobody else
        ledger = self.sudo()
        ledger._lock_people(partners)
        wanted = ledger._wanted(partners)
        rows = ledger.search_fetch(
            [("partner_id", "in", partners.ids), ("state", "in", OPEN_STATES)]
        )
        have = {row._key(): row for row in rows}
        over = rows.filtered(
            lambda row: row.state != "left" and row._key() not in wanted
        )
        (rows - over)._follow(wanted)
        if over:
            over._close(taken_because)
        missing = {key: by for key, by in wanted.items() if key not in have}
        new = ledger._insert(missing, given_because)
        new._drive("give")
        return new, over

    @api.model
    def _lock_people(self, partners):
        """Of two transactions about one person the second sees what the first did."""
        self.env["club.membership"].flush_model()
        self.env["club.plan.entitlement"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            "SELECT id FROM res_partner WHERE id = ANY(%s) "
            "ORDER BY id FOR NO KEY UPDATE",
            [sorted(partners.ids)],
        )

    def _key(self):
        """What a row is about: person, kind, resource, and the period if it counts."""
        self.ensure_one()
        return self.partner_id.id, self.kind, self.res_id, self.counted_in

    @api.model
    def _wanted(self, partners):
        """What the live periods of these people open, in one query.

        :return: ``{key: [(membership id, line id, quantity, company id), ...]}``,
            the period that stands for the person first
        """
        per_period = self.env["club.plan.entitlement"]._kinds_per_period()
        wanted, levels = {}, {}
        for (
            partner_id,
            membership_id,
            company_id,
            line_id,
            kind,
            res_id,
            quantity,
        ) in self.env.execute_query(self._sql_wanted(partners)):
            # a person has one level: that of the first period that gives any
            if (
                kind == "level"
                and levels.setdefault(partner_id, membership_id) != membership_id
            ):
                continue
            counted_in = membership_id if kind in per_period else 0
            givers = wanted.setdefault((partner_id, kind, res_id, counted_in), [])
            givers.append((membership_id, line_id, quantity, company_id))
        return wanted

    @api.model
    def _sql_wanted(self, partners):
        """Live periods with what their plans list; first what stands for the person,
        in the order of his projection (``res_partner._PRECEDENCE``)."""
        return SQL(
            """
            SELECT m.partner_id, m.id, m.company_id,
                   line.id, line.kind, line.res_id, COALESCE(line.quantity, 0)
              FROM club_membership m
              -- a company has seats, and the people who sit there the access
              JOIN res_partner person
                ON person.id = m.partner_id AND NOT person.is_company
              JOIN club_plan_entitlement line
                ON line.plan_id = m.plan_id AND line.active AND line.res_id > 0
             WHERE m.partner_id = ANY(%s) AND m.state IN %s
          ORDER BY m.partner_id, m.state,
                   COALESCE(m.date_end, 'infinity') DESC, m.id DESC,
                   line.sequence, line.id
            """,
            partners.ids,
            STATES_WITH_LEVEL,  # in this order by the alphabet as well
        )

    def _follow(self, wanted):
        """The period that gives a row may change: it goes on without a gap."""
        for row in self:
            givers = wanted.get(row._key())
            if not givers:
                continue
            by_period = {giver[0]: giver for giver in givers}
            membership_id, line_id, quantity, company_id = by_period.get(
                row.membership_id.id, givers[0]
            )
            for name, value in (
                ("membership_id", membership_id),
                ("line_id", line_id),
                ("company_id", company_id),
            ):
                if row[name].id != value:
                    row[name] = value
            # what was used already was right when it was used
            if row.quantity != quantity:
                row.quantity = quantity and max(quantity, row.used)

    def _close(self, because):
        """Take these rows back; what cannot be taken stays open as failed."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE club_entitlement
                   SET state = 'taken', taken_on = %(now)s, taken_because = %(because)s,
                       note = NULL, write_date = %(now)s, write_uid = %(uid)s
                 WHERE id = ANY(%(ids)s)
                """,
                now=fields.Datetime.now(),
                because=because,
                uid=self.env.uid,
                ids=self.ids,
            )
        )
        self.invalidate_recordset()
        self._drive("take")

    @api.model
    def _insert(self, missing, because):
        """Open rows for what is missing, in one statement.

        Another transaction may open the same row now: then PostgreSQL makes Odoo run
        this one again, where a failed INSERT would undo a payment.

        What is counted in a period is taken up again with its count.

        :param missing: part of ``_wanted``
        """
        if not missing:
            return self
        self._reopen_counted(missing, because)
        columns = zip(
            *((*key, *givers[0]) for key, givers in missing.items()), strict=True
        )
        values = dict(zip(INSERTED, map(list, columns), strict=True))
        inserted = self.env.execute_query(
            SQL(
                """
                INSERT INTO club_entitlement (
                    partner_id, kind, res_id, counted_in, membership_id, line_id,
                    quantity, company_id, used, state, given_on, given_because,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT new.*, 0, 'given', %(now)s, %(because)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(
                    %(partner)s::int[], %(kind)s::varchar[], %(res)s::int[],
                    %(counted)s::int[], %(membership)s::int[], %(line)s::int[],
                    %(quantity)s::int[], %(company)s::int[]
                  ) AS new
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                now=fields.Datetime.now(),
                because=because,
                uid=self.env.uid,
                **values,
            )
        )
        new = self.browse([row_id for (row_id,) in inserted])
        new.partner_id.invalidate_recordset(["club_entitlement_ids"])
        new.membership_id.invalidate_recordset(["entitlement_ids"])
        new.line_id.invalidate_recordset(["entitlement_ids"])
        return new

    def _reopen_counted(self, missing, because):
        """Rows of a period that was paused or unpaid go on with what was used.

        :param missing: part of ``_wanted``; what is reopened is taken out of it
        """
        counted_in = {key[3] for key in missing if key[3]}
        if not counted_in:
            return
        rows = self.search(
            [("counted_in", "in", list(counted_in)), ("state", "=", "taken")]
        ).filtered(lambda row: row._key() in missing)
        latest = {row._key(): row for row in rows.sorted("id")}
        reopened = self.browse([row.id for row in latest.values()])
        reopened.write(
            {
                "state": "given",
                "given_on": fields.Datetime.now(),
                "given_because": because,
                "taken_on": False,
                "taken_because": False,
                "note": False,
            }
        )
        reopened._follow(missing)
        for key in latest:
            missing.pop(key)

    # --- Drivers ------------------------------------------------------------------

    def _drive(self, verb):
        """Carry out ``give`` or ``take`` for these rows, one resource at a time.

        A driver that fails leaves its rows ``failed``, or ``taken`` with a note: the
        nightly check tries again. It undoes nothing else, a payment least of all.

        :param verb: ``give`` or ``take``
        """
        for rows in self.grouped(lambda row: (row.kind, row.res_id)).values():
            held, failed = rows._try_driver(verb)
            if verb == "take":
                # the check finds it open and tries again
                for reason, some in failed.items():
                    some._set_outcome("taken", reason)
                continue
            for state, reasons in (("pending", held), ("failed", failed)):
                for reason, some in reasons.items():
                    some._set_outcome(state, reason)
            stopped = self.browse().union(*held.values(), *failed.values())
            (rows - stopped)._set_outcome("given")

    def _try_driver(self, verb):
        """Call the driver of rows of one kind and resource.

        :return: two dicts ``{reason: rows}``: not possible yet, and failed
        """
        # in the context of the caller: a savepoint would flush in another, in which
        # stock tracks each person's level
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                driver = getattr(self, f"_{verb}_{self[:1].kind}")
                held = driver() or {}
                self.env.flush_all()
                return held, {}
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # Odoo runs the whole transaction again
        except UserError as error:  # the driver says so of all of them
            return {}, {str(error): self}
        except Exception as error:
            _logger.exception("Access: could not %s %s", verb, self)
            if len(self) > 1:  # one bad login must not cost the others their access
                return self._try_each(verb)
            return {}, {str(error): self}

    def _try_each(self, verb):
        all_held, all_failed = {}, {}
        for row in self:
            held, failed = row._try_driver(verb)
            for found, into in ((held, all_held), (failed, all_failed)):
                for reason, rows in found.items():
                    into[reason] = into.get(reason, self.browse()) | rows
        return all_held, all_failed

    def _set_outcome(self, state, note=False):
        """Note what came of a driver; rows that say so already are not touched."""
        changed = self.filtered(lambda row: row.state != state or row.note != note)
        if changed:
            changed.write({"state": state, "note": note})

    def _really_given(self):
        """Those of these rows whose access is really there, whatever the ledger says.

        :return: a part of ``self``
        """
        real = self.browse()
        for rows in self.grouped(lambda row: (row.kind, row.res_id)).values():
            real |= getattr(rows, f"_has_{rows[:1].kind}")()
        return real
