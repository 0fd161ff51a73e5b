import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_logger = logging.getLogger(__name__)

# Of these stock sends a key that follows from the reference: a refund that is asked
# for twice is made once.
ASKED_TWICE_PAYS_ONCE = ("adyen", "demo", "stripe")


class ClubEventRefund(models.Model):
    """The job that gives money back. It may be killed at any point and run again.

    1. Make the transaction that gives back, with a reference that follows from the
       row and the number of the try; commit.
    2. Write down that the provider is going to be asked; commit.
    3. Ask him; commit. 4. Carry out what he did; commit.

    Killed between 2 and 3's commit nobody knows whether he paid. Where he takes one
    reference for one refund he is asked again; elsewhere somebody is asked to look.
    """

    _inherit = "club.event.refund"

    @api.model
    def _cron_give_back(self):
        """Give back what is due, and tell whoever was not told; each row by itself."""
        rows = self.search(
            ["|", ("state", "in", ("due", "sending")), ("is_told", "=", False)],
            order="id",
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(rows))
        for row in rows:
            try:
                begun = False
                while step := row._club_step(begun):
                    begun = step == "asked"
                    self.env.flush_all()
                    cron._commit_progress()
            except Exception:
                # one buyer's trouble is not the others'; the next run tries again
                _logger.exception("Refund %s could not go on", row.id)
                self.env.cr.rollback()
            if not cron._commit_progress(1):
                break

    def _club_step(self, begun=False):
        """Bring a row one step further, to be committed before the next.

        :param begun: whether this very run has just written that it is going to ask
        :return: the name of the step, or False where there is none to make
        """
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.invalidate_recordset()
        if self.state == "due":
            return self._club_prepare()
        if self.state == "sending":
            return self._club_send(begun)
        if not self.is_told:
            self._club_tell_safely()
            return "told"
        return False

    # --- 1. Prepare -------------------------------------------------------------------

    def _club_prepare(self):
        payment = self.transaction_id
        if payment.state in ("draft", "pending"):
            return False
        if payment.state in ("cancel", "error"):
            self.write({"state": "void", "note": False})
            return "void"
        left = payment.currency_id.round(
            self._club_left_of(payment) + self.amount  # this row is counted in it
        )
        if self.currency_id.compare_amounts(left, self.amount) < 0:
            return self._club_was_given_back(left)
        if payment.state == "authorized" and not self._club_can_void(payment):
            return False  # once it is captured, it is given back
        if payment.state == "done" and (reason := self._club_obstacle(payment)):
            self._club_by_hand(reason)
            return "by_hand"
        self.tries += 1
        reference = f"CLUB-R{self.id}-{self.tries}"
        source = payment if payment.state == "authorized" else payment._club_captured()
        self.refund_transaction_id = source._create_child_transaction(
            self.amount, is_refund=payment.state == "done", reference=reference
        )
        self.write({"state": "sending", "is_asked": False})
        return "prepared"

    def _club_was_given_back(self, left):
        """Somebody has given money of this payment back by hand, meanwhile."""
        if self.currency_id.compare_amounts(left, 0) > 0:
            self.amount = left
        else:
            note = self.env._("The payment was given back by hand.")
            self.write({"state": "void", "note": note})
        return "less"

    def _club_can_void(self, payment):
        """Whether so much of a reserved amount can be set free at once."""
        whole = not payment.currency_id.compare_amounts(payment.amount, self.amount)
        partly = payment.provider_id.support_manual_capture == "partial"
        return payment.provider_id.state != "disabled" and (
            partly or (whole and not payment.child_transaction_ids)
        )

    def _club_obstacle(self, payment):
        """Why a provider cannot give this back, or False."""
        provider, method = payment.provider_id, payment.primary_payment_method_id
        kinds = (provider.support_refund, method.support_refund)
        if provider.state == "disabled":
            return self.env._("The payment provider was switched off.")
        if not all(kinds) or "none" in kinds:
            return self.env._("This payment provider cannot give money back.")
        is_part = payment.currency_id.compare_amounts(payment.amount, self.amount)
        if is_part and "full_only" in kinds:
            return self.env._("This payment provider gives back whole payments only.")
        return False

    # --- 2. and 3. Ask ----------------------------------------------------------------

    def _club_send(self, begun):
        child = self.refund_transaction_id
        if child.state != "draft":
            return self._club_finish(child)
        if not self.is_asked:
            self.is_asked = True
            return "asked"
        if not begun and child.provider_code not in ASKED_TWICE_PAYS_ONCE:
            child._set_error(self.env._("It is not known whether it was made."))
            self._club_by_hand(
                self.env._(
                    "The provider was asked for the refund %(reference)s, and no "
                    "answer came. Look there whether it was made.",
                    reference=child.reference,
                )
            )
            return "by_hand"
        child._log_sent_message()
        try:
            if child.operation == "refund":
                child._send_refund_request()
            else:
                child._send_void_request()
        except (UserError, ValidationError) as error:
            child._set_error(str(error))
        return "sent"

    # --- 4. Carry out -----------------------------------------------------------------

    def _club_finish(self, child):
        """Carry out what the provider did; False while he has not decided."""
        if child.state == "error" or (
            child.state == "cancel" and child.operation == "refund"
        ):
            reason = child.state_message or self.env._("The provider refused.")
            self._club_by_hand(reason)
            return "by_hand"
        if child.state == "pending":
            return False
        if not child.is_post_processed:
            child._post_process()
        if child.operation == "refund":
            child._club_settle_refund()
        self.write(
            {
                "state": "done" if child.operation == "refund" else "void",
                "done_on": fields.Date.context_today(self),
            }
        )
        return "done"

    def _club_tell_safely(self):
        """A letter that cannot be made keeps no money back."""
        if self.state == "by_hand" and not self.activity_ids:
            self._club_ask_somebody()
        try:
            with self.env.cr.savepoint():
                self._club_tell()
        except psycopg2.OperationalError:
            raise  # the next run tells him
        except Exception as error:
            _logger.exception("Letter of refund %s could not be made", self.id)
            self.message_post(
                body=self.env._("The letter could not be made: %(error)s", error=error)
            )
        self.is_told = True
