from odoo import fields, models
from odoo.tools import SQL

from ...models.profile.club_profile_point import CONFIDENTIAL
from ...tools.profile import Capture


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Two cards of one person become one card with both histories (S0.20).

    Stock moves foreign keys by SQL and deletes the rows that are in the way of a
    unique index: here that would be facts, consents and refusals. So whatever could
    collide is settled before it moves.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Settle what both cards say, then let stock move it.

        The destination's fact stays, unless it is missing or too old. A fresh fact
        that disagrees is kept beside it as a conflict to settle.
        """
        # sudo: whoever may merge contacts need not have rights in the club
        src, dst = src_partners.sudo(), dst_partner.sudo()
        self._club_merge_consents(src, dst)
        self._club_merge_facts(src, dst)
        self._club_merge_lists(src, dst)
        self._club_merge_sheets(src, dst)
        self.env.flush_all()
        self._club_merge_the_rest(src, dst)
        res = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all(flush=False)
        return res

    def _update_values(self, src_partners, dst_partner):
        """The card says what the ledger's current rows say, and nobody confirms it.

        Before stock's own write: that one saves every column anew, which would put
        an old value of the destination on top of a fresher one.
        """
        dst = dst_partner.sudo()  # sudo: as above
        rows = (
            self.env["club.profile.value"]
            .sudo()
            .search([("partner_id", "=", dst.id), ("state", "=", "current")])
        )
        confirmed = {row.id: row.confirmed_at for row in rows}
        for row in rows.filtered(lambda r: r.point_id.value_type != "one2many"):
            point = row.point_id
            if point.active and dst._club_value_on_card(point) != row.value:
                capture = Capture(
                    row.source, row.source_ref, row.confidence, settles=True
                )
                dst._club_set_points({point: row.value}, capture)
        res = super()._update_values(src_partners, dst_partner)
        self._club_note_lists(dst)
        self.env.flush_all()
        # a merge confirms nothing
        self.env.cr.execute(
            SQL(
                "UPDATE club_profile_value v SET confirmed_at = was.at "
                "FROM unnest(%s::int[], %s::timestamp[]) AS was(id, at) "
                "WHERE v.id = was.id",
                list(confirmed),
                list(confirmed.values()),
            )
        )
        self.env["club.profile.value"].invalidate_model(["confirmed_at"], flush=False)
        self.env.add_to_compute(dst._fields["club_completeness"], dst)
        return res

    def _club_merge_consents(self, src, dst):
        """A no counts before a yes, and of two alike the newer one.

        What the one who said no has on the other card is forgotten.
        """
        # sudo: whoever may merge contacts need not have rights in the club
        consents = (
            self.env["club.consent"]
            .sudo()
            .search([("partner_id", "in", (src | dst).ids), ("closed_at", "=", False)])
        )
        for purpose, answers in consents.grouped("purpose_id").items():
            best = answers.sorted(
                lambda c: (c.answer == "refused", c.answered_at, c.id)
            )[-1:]
            (answers - best).closed_at = fields.Datetime.now()
            if best.answer == "refused" and purpose.needs_consent:
                points = (
                    self.env["club.profile.point"]
                    .sudo()
                    .with_context(active_test=False)
                    .search([("purpose_id", "=", purpose.id)])
                )
                for person in (src | dst) - best.partner_id:
                    person._club_forget_points(points)

    def _club_merge_facts(self, src, dst):
        """One current row per point; see ``_update_foreign_keys``."""
        # sudo: whoever may merge contacts need not have rights in the club
        rows = (
            self.env["club.profile.value"]
            .sudo()
            .search([("partner_id", "in", (src | dst).ids), ("state", "=", "current")])
        )
        now = fields.Datetime.now()
        for point, known in rows.grouped("point_id").items():
            ranked = known.sorted(lambda r: (r.is_stale, r.partner_id != dst, -r.id))
            best, others = ranked[:1], ranked[1:]
            for other in others:
                is_rival = (
                    other.value != best.value
                    and not other.is_stale
                    and not point.value_type.endswith("2many")
                )
                other.write(
                    {"state": "proposed", "rival_id": best.id, "is_conflict": True}
                    if is_rival
                    else {"state": "replaced", "replaced_at": now}
                )
            if others and point.value_type == "many2many":
                best.value = sorted({i for row in known for i in row.value or []})

    def _club_merge_lists(self, src, dst):
        """Family and goals of both; what stands on both cards stays once."""
        # sudo: whoever may merge contacts need not have rights in the club
        for model in ("club.relative", "club.goal"):
            seen = set()
            rows = (
                self.env[model].sudo().search([("partner_id", "in", (src | dst).ids)])
            )
            double = rows.browse()
            for row in rows.sorted(lambda r: (r.partner_id != dst, r.id)):
                fact = tuple(row._club_fact())
                if fact in seen:
                    double |= row
                seen.add(fact)
            if double:
                # by SQL: taking a double off is no fact of the card
                self.env.flush_all()
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE id = ANY(%s)",
                        SQL.identifier(double._table),
                        double.ids,
                    )
                )
                self.env.invalidate_all(flush=False)

    def _club_note_lists(self, dst):
        """Family and goals of both are a fact of the one card that is left."""
        columns = dst._club_columns({"club_relative_ids", "club_goal_ids"})
        columns = {name: point for name, point in columns.items() if dst[name]}
        if columns:
            dst._club_record(columns, {}, Capture("system", settles=True))

    def _club_merge_sheets(self, src, dst):
        """One confidential sheet; its columns follow the ledger afterwards."""
        # sudo: whoever may merge contacts need not have rights in the club
        sheets = (
            self.env[CONFIDENTIAL]
            .sudo()
            .search([("partner_id", "in", (src | dst).ids)])
        )
        ranked = sheets.sorted(lambda s: (s.partner_id != dst, s.id))
        ranked[1:].unlink()

    def _club_merge_the_rest(self, src, dst):
        """Questions put off, readings and requests: once each, the stricter one."""
        ids = {"src": src.ids, "dst": dst.id, "all": (src | dst).ids}
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM club_profile_skip s USING club_profile_skip o
                 WHERE s.partner_id = ANY(%(all)s) AND o.partner_id = ANY(%(all)s)
                   AND s.point_id = o.point_id AND s.id <> o.id
                   AND (COALESCE(s.until, 'infinity'), s.id)
                     < (COALESCE(o.until, 'infinity'), o.id)
                """,
                **ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM club_profile_access a USING club_profile_access o
                 WHERE a.partner_id = ANY(%(all)s) AND o.partner_id = ANY(%(all)s)
                   AND a.user_id = o.user_id AND a.id > o.id
                   AND date_trunc('hour', a.read_at) = date_trunc('hour', o.read_at)
                """,
                **ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM club_erasure e USING club_erasure o
                 WHERE e.partner_id = ANY(%(all)s) AND o.partner_id = ANY(%(all)s)
                   AND e.state = 'asked' AND o.state = 'asked'
                   AND (e.asked_at, e.id) > (o.asked_at, o.id)
                """,
                **ids,
            )
        )
        self.env.invalidate_all(flush=False)
