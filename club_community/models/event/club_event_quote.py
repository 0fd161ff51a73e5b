from odoo import models
from odoo.exceptions import UserError


class ClubEventVoucher(models.Model):
    _inherit = "club.event.voucher"

    def _club_still_pays(self):
        """How many more places it pays for, those counted whose hold has ended."""
        self.ensure_one()
        return self.left + len(self.env["event.registration"]._club_lapsed_with(self))


class EventEvent(models.Model):
    """What a booking will cost before it is made, and the voucher that was typed."""

    _inherit = "event.event"

    def _club_has_vouchers(self, booker):
        """Whether there is a voucher that he could type; for pages."""
        self.ensure_one()
        # sudo: members have no rights on vouchers
        Voucher_sudo = self.env["club.event.voucher"].sudo()
        domain = [("event_id", "=", self.id), ("partner_id", "in", [False, booker.id])]
        return bool(Voucher_sudo.search_count(domain, limit=1))

    def _club_use_voucher(self, booker, seats, code):
        """Let a voucher pay for what it can, in the order of the places.

        Places that are free, or included in a membership, need none.

        :param booker: the ``res.partner`` who books
        :param seats: list of ``Seat``
        :param code: what he has typed; nothing: the places stay as they are
        :return: the places, with ``club_voucher_id`` in the values of those it pays for
        :raise UserError: there is no such voucher, it is not for this, it is used up,
            or nothing is to be paid. A voucher of another person is none at all
        """
        self.ensure_one()
        if not (code := (code or "").strip()):
            return seats
        event_sudo = self.sudo()  # sudo: members have no rights on events
        to_pay = [
            bool(event_sudo._club_price(seat, booker))
            for seat in event_sudo._club_pay_seats(booker, list(seats))
        ]
        refusal, left, used = None, None, []
        for seat, costs in zip(seats, to_pay, strict=True):
            voucher = None
            if costs and left != 0:
                people = booker | (seat.attendee or booker)
                try:
                    voucher = self._club_find_voucher(code, seat.ticket, people)
                except UserError as error:
                    refusal = error
                else:
                    left = voucher._club_still_pays() if left is None else left
                    voucher, left = (voucher, left - 1) if left else (None, 0)
            paid_by = {"club_voucher_id": voucher.id} if voucher else {}
            used.append(seat._replace(values={**seat.values, **paid_by}))
        if not any("club_voucher_id" in seat.values for seat in used):
            raise self._club_no_use(code, any(to_pay), refusal)
        return used

    def _club_no_use(self, code, costs, refusal):
        """Why a voucher pays for none of the places."""
        if not costs:
            return UserError(
                self.env._("There is nothing to pay: keep your voucher for later.")
            )
        return refusal or UserError(
            self.env._("Voucher “%(code)s” is used up.", code=code)
        )

    def _club_quote(self, booker, seats):
        """What these places cost him together, with taxes, as the order will say.

        Included places are free, vouchers count as they will.

        :param booker: the ``res.partner`` who pays
        :param seats: list of ``Seat``; at least one
        :return: ``(amount, res.currency)``
        """
        self.ensure_one()
        event_sudo = self.sudo()  # sudo: members have no rights on events
        company_sudo = event_sudo.company_id or self.env.company
        paid = event_sudo._club_pay_seats(booker, list(seats))
        tickets_sudo = event_sudo.event_ticket_ids.filtered(
            lambda t: any(seat.ticket == t for seat in paid)
        )
        prices = tickets_sudo._club_prices(booker, company_sudo)
        total = 0.0
        for seat in paid:
            price = prices[seat.ticket]
            total += price.currency.round(price.total * self._club_to_pay(seat))
        return price.currency.round(total), price.currency

    def _club_to_pay(self, seat):
        """Which part of its price is to be paid for a place: from 0 to 1."""
        if seat.values.get("club_included"):
            return 0.0
        voucher = self._club_voucher_of(seat)
        return 1 - voucher._percent_off() / 100 if voucher else 1.0
