from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools import period, placing

BATCH = 500


class ClubImportLine(models.Model):
    """One membership line as it stands elsewhere, and what becomes of it here."""

    _name = "club.import.line"
    _description = "Old Membership Line"
    _order = "partner_id, date_from, id"
    _rec_name = "partner_name"

    import_id = fields.Many2one(
        "club.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    key = fields.Char(required=True, help="Which line it is where it comes from.")
    partner_id = fields.Many2one(
        "res.partner", string="Member", index=True, ondelete="cascade"
    )
    partner_name = fields.Char(string="Person")
    product_id = fields.Many2one(
        "club.import.product",
        string="Old Product",
        index="btree_not_null",
        ondelete="cascade",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    date_start = fields.Date(string="Start", help="First day of the period here.")
    date_end = fields.Date(string="End", help="Last day of the period here.")
    fee = fields.Monetary(help="Without taxes, as it was invoiced.")
    currency_id = fields.Many2one("res.currency")
    fact = fields.Selection(
        [
            ("paid", "Paid"),
            ("unpaid", "Not paid"),
            ("cancelled", "Cancelled"),
            ("credited", "Credited"),
            ("part_credited", "Credited in part"),
            ("free", "Free member"),
            ("associate", "Associate member"),
            ("unreadable", "Not readable"),
        ],
        string="Payment",
        required=True,
        help="What the old line and its invoice say of the fee.",
    )
    verdict = fields.Selection(
        [
            ("new", "To be brought along"),
            ("exists", "Here already"),
            ("refused", "Cannot be taken"),
            ("taken", "Brought along"),
        ],
        index=True,
    )
    reason = fields.Selection(
        [
            ("unreadable", "The row of the file could not be read"),
            ("no_person", "The person is not here, or was deleted"),
            ("archived", "The person is archived"),
            ("company", "The member is a company; choose a person"),
            ("free", "A free member: nothing was paid"),
            ("associate", "Paid for by another member"),
            ("cancelled", "The line or its invoice was cancelled"),
            ("credited", "The invoice was credited"),
            ("part_credited", "A part of the invoice was credited; decide by hand"),
            ("unpaid", "The fee was never paid"),
            ("bad_fee", "The fee is negative"),
            ("no_plan", "No plan is chosen for the old product"),
            ("no_dates", "The first or the last day is missing"),
            ("bad_dates", "It ends before it starts"),
            ("overlap_here", "Overlaps a membership sold or recorded here"),
            ("overlap_lines", "Overlaps another old period of the same person"),
            ("refused", "Odoo refused it"),
        ],
        string="Why Not",
        index="btree_not_null",
    )
    source_note = fields.Char(string="Said by the Source")
    note = fields.Char(string="Details")
    membership_id = fields.Many2one(
        "club.membership", index="btree_not_null", ondelete="set null"
    )

    _key_uniq = models.Constraint(
        "unique(import_id, key)", "This line is in the import already."
    )

    # --- Taking -------------------------------------------------------------------

    @api.model
    def _take_batch(self, domain):
        """Make periods of the next lines of a domain.

        Sources write the lines by person and day, so a person's are taken in their
        order. They are judged once more, since the club goes on meanwhile: what was
        sold after the dry run is in the way as well.

        :return: number of lines done; 0: none is left, or others hold them
        """
        lines = self.search(domain, limit=BATCH, order="id")
        locked = lines.try_lock_for_update()
        locked._take()
        return len(locked)

    def _take(self):
        for bring, lines in self.grouped("import_id").items():
            self.env["club.membership"]._lock_people(lines.partner_id)
            bring._judge(lines)
            lines.filtered(lambda line: line.verdict == "new")._make_periods()

    def _make_periods(self):
        """Record the periods; one that Odoo refuses does not stop the others."""
        try:
            with self.env.cr.savepoint():
                made = self._create_periods()
        except UserError as error:
            if len(self) > 1:
                for line in self:
                    line._make_periods()
            else:
                self.write(
                    {"verdict": "refused", "reason": "refused", "note": str(error)}
                )
            return
        for line, membership in zip(self, made, strict=True):
            line.membership_id = membership
        self.verdict = "taken"

    def _create_periods(self):
        # The history of a person begins with the next change, not with this one.
        quiet = self.env["club.membership"].with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        )
        made = quiet.create([line._membership_vals() for line in self])
        # compute the people while tracking is off
        quiet.env.flush_all()
        return made

    def _membership_vals(self):
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "plan_id": self.product_id.plan_id.id,
            "company_id": self.company_id.id,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "amount": self.fee,
            "currency_id": self.currency_id.id,
            "import_key": self.key,
        }


class ClubImport(models.Model):
    """What would become of each line: the dry run and the run ask the same."""

    _inherit = "club.import"

    def _judge(self, lines=None):
        """Write verdict, reason and days of the lines that are not taken yet.

        :param lines: only these ``club.import.line``
        """
        self.ensure_one()
        self.env.flush_all()
        chosen = SQL("AND line.id = ANY(%s)", lines.ids) if lines else SQL()
        self.env.cr.execute(self._judge_sql(chosen))
        self.env["club.import.line"].invalidate_model()
        lines = lines or self.line_ids
        self._judge_overlaps(lines.filtered(lambda line: line.verdict == "new"))

    def _judge_sql(self, chosen):
        """What each line says of itself; the first reason counts."""
        return SQL(
            """
            UPDATE club_import_line line
               SET verdict = CASE WHEN judged.membership_id IS NOT NULL THEN 'exists'
                                  WHEN judged.reason IS NOT NULL THEN 'refused'
                                  ELSE 'new' END,
                   reason = CASE WHEN judged.membership_id IS NULL
                                 THEN judged.reason END,
                   membership_id = judged.membership_id,
                   note = line.source_note,
                   date_start = line.date_from,
                   date_end = line.date_to
              FROM (SELECT line.id, membership.id AS membership_id,
                      CASE
                        WHEN line.fact = 'unreadable' THEN 'unreadable'
                        WHEN person.id IS NULL THEN 'no_person'
                        WHEN NOT person.active THEN 'archived'
                        WHEN person.is_company THEN 'company'
                        WHEN line.fact <> 'paid' THEN line.fact
                        WHEN line.fee < 0 THEN 'bad_fee'
                        WHEN line.date_from IS NULL THEN 'no_dates'
                        WHEN line.date_to < line.date_from THEN 'bad_dates'
                        WHEN plan.id IS NULL THEN 'no_plan'
                        WHEN line.date_to IS NULL AND plan.period_type <> 'lifetime'
                             THEN 'no_dates'
                      END AS reason
                      FROM club_import_line line
                 LEFT JOIN res_partner person ON person.id = line.partner_id
                 LEFT JOIN club_import_product product ON product.id = line.product_id
                 LEFT JOIN club_plan plan ON plan.id = product.plan_id
                 LEFT JOIN club_membership membership
                        ON membership.import_key = line.key
                     WHERE line.import_id = %s
                       AND line.verdict IS DISTINCT FROM 'taken' %s) judged
             WHERE judged.id = line.id
            """,
            self.id,
            chosen,
        )

    def _judge_overlaps(self, lines):
        """Refuse, or move if that was chosen, what overlaps another period."""
        standing = self._standing_periods(lines)
        changed = []
        for slot, wanted in lines.grouped(
            lambda line: (line.partner_id.id, line.product_id.plan_id.family_id.id)
        ).items():
            spans = [
                placing.Span(line.id, line.date_from, line.date_to or None)
                for line in wanted
            ]
            placed, refused = placing.place(
                spans, standing.get(slot, ()), self.overlaps == "chain"
            )
            changed += [
                (span.key, "new", None, span.start, span.end, self._moved(span, before))
                for before in spans
                if (span := placed.get(before.key)) and span != before
            ]
            changed += [
                (span.key, *self._refusal(refused[span.key]), span.start, span.end)
                + (self._days(refused[span.key]),)
                for span in spans
                if span.key in refused
            ]
        self._write_verdicts(changed)

    def _standing_periods(self, lines):
        """Periods that these people have here, by person and family of plans.

        Those that came from elsewhere may be followed by what overlaps them, as in
        one run: the option may be chosen after a first one.
        """
        # sudo: the periods of every portfolio are in the way
        periods_sudo = (
            self.env["club.membership"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", lines.partner_id.ids),
                    ("company_id", "=", self.company_id.id),
                    ("state", "in", period.PAID_STATES),
                ],
                ["partner_id", "family_id", "date_start", "date_end", "import_key"],
            )
        )
        standing = {}
        for one in periods_sudo:
            standing.setdefault((one.partner_id.id, one.family_id.id), []).append(
                placing.Span(
                    f"here {one.id}",
                    one.date_start,
                    one.date_end or None,
                    may_follow=bool(one.import_key),
                )
            )
        return standing

    def _refusal(self, in_the_way):
        return "refused", "overlap_lines" if in_the_way.may_follow else "overlap_here"

    def _days(self, span):
        return " – ".join(
            [format_date(self.env, span.start), format_date(self.env, span.end) or "∞"]
        )

    def _moved(self, span, before):
        return self.env._(
            "Moved by %(days)s days behind another period",
            days=(span.start - before.start).days,
        )

    def _write_verdicts(self, rows):
        """Write what changed, in one statement whatever their number."""
        if not rows:
            return
        self.env.cr.execute_values(
            """
            UPDATE club_import_line line
               SET verdict = v.verdict, reason = v.reason, date_start = v.start::date,
                   date_end = v.stop::date, note = v.note
              FROM (VALUES %s) AS v (id, verdict, reason, start, stop, note)
             WHERE v.id = line.id
            """,
            rows,
            page_size=1000,
        )
        self.env["club.import.line"].invalidate_model()
