from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools import email_normalize

from ...tools.period import LIVE_STATES
from .club import ClubPortal

NAME_LENGTH = 120


class ClubSeatsPortal(ClubPortal):
    """Whoever pays for seats names the people on them himself."""

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        return {**values, "seat_contracts": self._seat_contracts()}

    @route("/my/club/seats", type="http", auth="user", website=True, methods=["GET"])
    def my_club_seats(self, **_query):
        return self._render_seats()

    @route(
        "/my/club/seats/name",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_seats_name(self, contract_id="", number="", **posted):
        """Name a person for a seat of a contract of one's own.

        A contract of somebody else is answered as one that is not there.
        """
        contract_sudo = self._seat_contracts().filtered(
            lambda contract: str(contract.id) == contract_id
        )
        if not contract_sudo:
            return self._render_seats(self._seat_gone())
        values, error = self._clean_person(posted)
        if not error:
            try:
                with request.env.cr.savepoint():
                    self._name_person(contract_sudo, number, values)
            except UserError as refusal:
                error = str(refusal)
        if error:
            kept = {"contract_id": contract_sudo.id, "number": number, **posted}
            return self._render_seats(error, kept)
        return request.redirect("/my/club/seats?named=1")

    def _render_seats(self, error="", kept=None):
        contracts_sudo = self._seat_contracts()
        return request.render(
            "club_community.portal_my_club_seats",
            {
                "page_name": "club_seats",
                "contracts": contracts_sudo,
                "rows": {c.id: self._seat_rows(c) for c in contracts_sudo},
                "error": error,
                "kept": kept or {},
                "named": "named" in request.params and not error,
                "name_length": NAME_LENGTH,
            },
        )

    def _seat_gone(self):
        return request.env._(
            "This membership is not there any more. Please look again."
        )

    def _seat_contracts(self):
        """Live contracts with seats that the user holds, or names the people of."""
        me = request.env.user.partner_id
        # sudo: a portal user has no rights on memberships; found by his own contact
        return (
            request.env["club.membership"]
            .sudo()
            .search(
                [
                    ("seat_capacity", ">", 0),
                    ("seat_of_id", "=", False),
                    ("state", "in", LIVE_STATES),
                    "|",
                    ("partner_id", "=", me.id),
                    ("seat_admin_id", "=", me.id),
                ],
                order="date_start, id",
            )
        )

    def _seat_rows(self, contract_sudo):
        """Pairs of a seat's number and who has it (an empty record: it is free)."""
        live_sudo = contract_sudo.seat_ids.filtered(lambda s: s.state in LIVE_STATES)
        by_number = live_sudo.grouped("seat_number")
        return [
            (number, by_number.get(number, live_sudo.browse()))
            for number in range(1, contract_sudo.seat_capacity + 1)
        ]

    def _clean_person(self, posted):
        """Name and e-mail as typed, or the sentence that says what is wrong."""
        name = " ".join(str(posted.get("name", "")).split())
        email = email_normalize(str(posted.get("email", "")).strip())
        if not name or len(name) > NAME_LENGTH:
            return None, request.env._("Please write the person's name.")
        if not email:
            return None, request.env._("Please check the e-mail address.")
        return {"name": name, "email": email}, ""

    def _name_person(self, contract_sudo, number, values):
        holder_sudo = dict(self._seat_rows(contract_sudo)).get(
            int(number) if number.isdecimal() and len(number) < 6 else 0
        )
        if holder_sudo is None:
            raise UserError(self._seat_gone())
        person_sudo = self._seat_person(contract_sudo, values)
        if holder_sudo:
            holder_sudo._replace_holder(person_sudo)
        else:
            contract_sudo._give_seat(person_sudo, int(number))

    def _seat_person(self, contract_sudo, values):
        """The payer's own contact with this e-mail, else a new one.

        Never somebody else's contact: the payer would learn who is known here. The
        manager is told of a namesake by e-mail, and may merge the two.
        """
        payer_sudo = contract_sudo.partner_id
        Partner = payer_sudo.browse()
        same_sudo = Partner.search([("email_normalized", "=", values["email"])])
        own_sudo = same_sudo.filtered(
            lambda p: not p.is_company and payer_sudo in (p.parent_id, p)
        ) | (same_sudo & contract_sudo.seat_ids.partner_id)
        if own_sudo:
            return own_sudo[0]
        parent_id = payer_sudo.id if payer_sudo.is_company else False
        person_sudo = Partner.create({**values, "parent_id": parent_id})
        if same_sudo:
            contract_sudo.message_post(
                body=request.env._(
                    "%(new)s was named for a seat. Another contact has the same "
                    "e-mail: %(others)s. Merge them if they are one person.",
                    new=person_sudo.name,
                    others=", ".join(same_sudo.mapped("name")),
                )
            )
        return person_sudo
