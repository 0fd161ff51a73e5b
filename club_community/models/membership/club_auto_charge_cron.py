import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

BATCH = 20
PATIENCE_DAYS = 3  # with a provider who neither takes nor refuses a payment

# Another worker is at the same rows, or has just been: the next run sees what he did.
_LATER = (
    *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
    psycopg2.errors.UniqueViolation,
)


class ClubAutoCharge(models.Model):
    """The job that renews by card. It may be killed at any point and run again.

    1. Announce what is near: quotation, row and letter in one transaction.
    2. Make the transactions of what is due, and commit them.
    3. Send each and commit; carry out its outcome and commit. What was sent and not
       written down is a draft still, and is sent again under the same reference.
    """

    _inherit = "club.auto.charge"

    @api.model
    def _cron_auto_renew(self):
        """Several times a day: announce, charge, and carry out what was charged."""
        today = self.env["club.membership"]._today()
        for find, step in (
            (self._find_near, self._announce_batch),
            (self._find_due, self._prepare_batch),
            (self._find_begun, self._proceed_batch),
        ):
            if not self._in_batches(find(today), step, today):
                return

    @api.model
    def _in_batches(self, found, step, today):
        """Call ``step`` for batches, each a transaction of its own.

        :return: whether there is time left
        """
        cron = self.env["ir.cron"]
        time_left = cron._commit_progress(remaining=len(found))
        for batch in split_every(BATCH, found):
            try:
                step(batch, today)
                self.env.flush_all()
            except _LATER:
                self.env.cr.rollback()
            time_left = cron._commit_progress(len(batch))
            if not time_left:
                break
        return time_left

    # --- 1. Announce --------------------------------------------------------------

    @api.model
    def _find_near(self, today):
        """Periods whose charge is to be announced, with the consent (one query).

        :return: a list of pairs (membership id, consent id)
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT m.id, c.id
                  FROM club_auto_renewal c
                  JOIN club_membership m ON m.partner_id = c.partner_id
                       AND m.family_id = c.family_id AND m.company_id = c.company_id
                  JOIN club_plan p ON p.id = c.plan_id
                 WHERE c.revoked_on IS NULL
                   AND m.state IN ('active', 'grace')
                   AND m.date_end - p.auto_renew_days - p.auto_renew_notice_days
                       <= %(today)s
                   AND m.date_grace_end >= %(today)s
                   AND NOT EXISTS (
                       SELECT FROM club_auto_charge done
                        WHERE done.membership_id = m.id
                          AND (done.state IN ('announced', 'charging', 'done')
                               OR done.consent_id = c.id
                                  AND done.date_end = m.date_end))
                   AND NOT EXISTS (
                       SELECT FROM club_membership later
                        WHERE later.partner_id = m.partner_id
                          AND later.family_id = m.family_id
                          AND later.company_id = m.company_id
                          AND later.state IN ('upcoming', 'active', 'grace', 'paused')
                          AND later.date_start > m.date_start)
                 ORDER BY m.id
                """,
                today=today,
            )
        )

    @api.model
    def _announce_batch(self, pairs, today):
        consents = dict(pairs)
        Membership = self.env["club.membership"].browse(consents)
        memberships = Membership.try_lock_for_update(allow_referencing=True)
        # looked at again: the list is as old as the run
        still_near = dict(self._find_near(today))
        memberships = memberships.filtered(lambda m: m.id in still_near)
        announced = self.browse()
        for membership in memberships._wants_auto_renewal():
            consent = self.env["club.auto.renewal"].browse(consents[membership.id])
            try:
                with self.env.cr.savepoint():
                    announced += self._announce(membership, consent, today)
            except UserError as error:
                self._note_refusal(membership, consent, error)
        stopped = announced.filtered(lambda charge: charge.state == "stopped")
        (announced - stopped)._mail("club_community.mail_template_auto_renewal_before")
        stopped._mail("club_community.mail_template_auto_renewal_broken")

    @api.model
    def _note_refusal(self, membership, consent, error):
        """The club's settings do not let the plan be sold: its manager must know."""
        charge = self.create(
            {
                "consent_id": consent.id,
                "membership_id": membership.id,
                "date_end": membership.date_end,
                "state": "stopped",
                "note": str(error),
            }
        )
        charge._ask_manager(charge.note)

    # --- 2. Prepare -----------------------------------------------------------------

    @api.model
    def _find_due(self, today):
        return self.search(
            [("state", "=", "announced"), ("charge_on", "<=", today)], order="id"
        ).ids

    @api.model
    def _prepare_batch(self, ids, today):
        for charge in self.browse(ids).try_lock_for_update():
            # a paused period waits, and is announced anew when its end has moved
            if charge.state == "announced" and charge.membership_id.state != "paused":
                charge._prepare_try(today)

    # --- 3. Charge --------------------------------------------------------------------

    @api.model
    def _find_begun(self, today):
        return self.search([("state", "=", "charging")], order="id").ids

    @api.model
    def _proceed_batch(self, ids, today):
        """Send and finish, one by one: what the bank did is written down at once."""
        for charge in self.browse(ids):
            try:
                while charge._step(today):
                    self.env["ir.cron"]._commit_progress()
            except Exception:
                # one member's trouble is not the others'; the next run tries again
                _logger.exception("Automatic renewal %s could not go on", charge.id)
                self.env.cr.rollback()

    def _step(self, today):
        """Bring a charge one step further.

        :return: whether there was a step to make
        """
        self.ensure_one()
        if not self.try_lock_for_update() or self.state != "charging":
            return False
        before = self._transaction().state
        self._proceed(today)
        if self._transaction().state == "draft" and self._is_ignored(today):
            self._transaction()._set_error(
                self.env._("The payment provider did not answer for days.")
            )
        self.env.flush_all()
        return self.state != "charging" or self._transaction().state != before

    def _is_ignored(self, today):
        """Whether the provider has left a payment unanswered for days."""
        made_on = fields.Date.to_date(self._transaction().create_date)
        return today - made_on > timedelta(days=PATIENCE_DAYS)
