import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize, hmac

MEMBERS = ("active", "grace")
BATCH = 100


class EventEvent(models.Model):
    _inherit = "event.event"

    club_can_transfer = fields.Boolean(
        string="Tickets Can Be Given Away",
        default=True,
        help="To another member or a guest, who has to accept.",
    )
    club_transfer_hours = fields.Integer(
        string="Give Away Until (hours before)",
        default=2,
        required=True,
        help="Later a ticket can neither be offered nor accepted.",
    )

    _club_transfer_hours_not_negative = models.Constraint(
        "CHECK(club_transfer_hours >= 0)", "Hours before an event cannot be negative."
    )

    def _get_tickets_access_hash(self, registration_ids):
        """The link of a ticket that was given away is dead for who had it before.

        Stock's is made of the numbers of registrations alone, so that the giver's old
        letter would show him the receiver's new code.
        """
        # sudo: whoever shows a ticket may not read it
        places_sudo = self.env["event.registration"].sudo().browse(registration_ids)
        given = places_sudo.exists().filtered("club_given_by_id")
        if not given:
            return super()._get_tickets_access_hash(registration_ids)
        return hmac(
            self.env(su=True),
            "club-event-ticket-given",
            (self.id, sorted(registration_ids), sorted(given.mapped("barcode"))),
        )


class ClubEventTransfer(models.Model):
    """Somebody gives his ticket to another, who has to accept (S1.10).

    One offer of a ticket is open at a time (partial unique index). Accepting writes
    the registration: a new barcode, another attendee. Of two who accept, or cancel, or
    check in, at once, one writes the row first and the other fails to serialise; Odoo
    runs it again, and it sees what has become of the ticket.
    """

    _name = "club.event.transfer"
    _description = "Ticket Given to Another"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "registration_id"

    registration_id = fields.Many2one(
        "event.registration",
        string="Ticket",
        required=True,
        ondelete="cascade",
        index=True,
    )
    event_id = fields.Many2one(
        related="registration_id.event_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="registration_id.company_id", store=True, index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("offered", "Offered"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("withdrawn", "Withdrawn"),
            ("expired", "Expired"),
        ],
        required=True,
        default="offered",
        readonly=True,
        index=True,
        tracking=True,
    )
    giver_id = fields.Many2one(
        "res.partner", string="Given By", index="btree_not_null", ondelete="set null"
    )
    giver_name = fields.Char(readonly=True)
    giver_email = fields.Char(readonly=True)
    receiver_id = fields.Many2one(
        "res.partner",
        string="Received By",
        index="btree_not_null",
        ondelete="set null",
        help="The member who accepted; empty for a guest.",
    )
    email = fields.Char(string="Offered To", required=True)
    message = fields.Text()
    expires_on = fields.Datetime(string="Open Until", required=True, readonly=True)
    answered_on = fields.Datetime(readonly=True)
    token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(32),
        groups="base.group_system",
    )
    accept_url = fields.Char(compute="_compute_accept_url", groups="base.group_system")

    _one_open = models.UniqueIndex(
        "(registration_id) WHERE state = 'offered'",
        "This ticket is offered to somebody already.",
    )
    _token_once = models.UniqueIndex("(token)")

    def _compute_accept_url(self):
        for transfer in self:
            path = f"/club/ticket/accept/{transfer.token}"
            transfer.accept_url = transfer.get_base_url() + path

    @api.constrains("registration_id", "state")
    def _check_registration(self):
        """However an offer is made: a place that is used or cancelled is not given."""
        for transfer in self.filtered(lambda t: t.state == "offered"):
            if transfer.registration_id.state != "open":
                raise ValidationError(
                    self.env._("Only a confirmed ticket can be given away.")
                )

    def _ticket_url(self):
        """Where the receiver sees his ticket; "" if it is not his, or not any more."""
        self.ensure_one()
        place = self.registration_id
        accepted = place.club_transfer_ids.filtered(lambda t: t.state == "accepted")
        if self != accepted.sorted("id")[-1:] or place.state not in ("open", "done"):
            return ""
        hash_ = place.event_id._get_tickets_access_hash(place.ids)
        return (
            f"/event/{place.event_id.id}/my_tickets?registration_ids={place.ids}"
            f"&tickets_hash={hash_}&responsive_html=1"
        )

    # --- Offering -----------------------------------------------------------------

    @api.model
    def _offer(self, registration, giver, email, message=""):
        """Offer a ticket to somebody by e-mail; both get a letter.

        :param giver: the ``res.partner`` who gives it
        :return: the offer, with raised rights
        :raise UserError: the ticket cannot be given away now, or no such address
        """
        # sudo: members have no rights on registrations and offers
        place_sudo = registration.sudo()
        self.sudo()._expire_of(place_sudo)
        if obstacle := place_sudo._club_transfer_obstacle():
            raise UserError(obstacle)
        address = email_normalize(email or "")
        if not address:
            raise UserError(self.env._("Write one e-mail address."))
        if address in {giver.email_normalized, email_normalize(place_sudo.email)}:
            raise UserError(self.env._("This is your own address."))
        transfer_sudo = self.sudo().create(
            {
                "registration_id": place_sudo.id,
                "giver_id": giver.id,
                "giver_name": giver.name,
                "giver_email": giver.email,
                "email": address,
                "message": (message or "").strip()[:1000],
                "expires_on": place_sudo._club_transfer_until(),
            }
        )
        place_sudo.message_post(
            body=self.env._(
                "%(giver)s offers this ticket to %(email)s.",
                giver=giver.name,
                email=address,
            )
        )
        transfer_sudo._send("offered", "offered_giver")
        return transfer_sudo

    def _expire_of(self, registrations):
        lapsed = self.search(
            [
                ("registration_id", "in", registrations.ids),
                ("state", "=", "offered"),
                ("expires_on", "<=", fields.Datetime.now()),
            ]
        )
        lapsed._close("expired")
        lapsed.flush_recordset()  # before the next offer, for the index

    def _send(self, *letters):
        # sudo: members have no rights on templates
        for letter in letters:
            name = f"club_community.mail_template_event_transfer_{letter}"
            template = self.env.ref(name, raise_if_not_found=False)
            if template and self:
                template.sudo().send_mail_batch(self.ids)

    # --- Answering ----------------------------------------------------------------

    @api.model
    def _by_token(self, token):
        """The offer of a link, with raised rights; empty if there is none."""
        # sudo: whoever has the link has no rights here
        return self.sudo().search([("token", "=", token or "")], limit=1)

    def _check_open(self):
        """:raise UserError: says what became of the offer"""
        self.ensure_one()
        if self.state == "offered" and self.expires_on <= fields.Datetime.now():
            raise UserError(self.env._("The time to accept this ticket is over."))
        said = {
            "accepted": self.env._("This ticket was accepted already."),
            "declined": self.env._("This ticket was declined."),
            "withdrawn": self.env._(
                "Whoever offered this ticket has taken the offer back."
            ),
            "expired": self.env._("The time to accept this ticket is over."),
        }
        if self.state in said:
            raise UserError(said[self.state])
        if obstacle := self.registration_id._club_transfer_obstacle(offered=True):
            raise UserError(obstacle)

    def _accept(self, receiver=None, name="", email="", phone="", consent=""):
        """The receiver takes the ticket: the old code is dead from now on.

        :param receiver: the ``res.partner`` who is logged in; else a guest, by his
            ``name``, ``email`` or ``phone`` and the words he agreed to (``consent``)
        :raise UserError: too late, not for him, or something is missing
        """
        self.ensure_one()
        self._check_open()
        place = self.registration_id
        old_attendee = place.name
        # first, so that whoever comes second does nothing at all
        self.write(
            {
                "state": "accepted",
                "answered_on": fields.Datetime.now(),
                "receiver_id": receiver and receiver.id,
            }
        )
        place._club_hand_over(self.giver_id, receiver, name, email, phone, consent)
        body = self.env._(
            "Given by %(giver)s to %(receiver)s; the old ticket is not valid any more.",
            giver=self.giver_name or old_attendee,
            receiver=place.name,
        )
        place.message_post(body=body)
        self.message_post(body=body)
        self._send("accepted", "accepted_giver")
        return place

    def _decline(self):
        """:raise UserError: the offer is not open any more"""
        self._check_open()
        self._close("declined")
        self._send("declined_giver")

    def _withdraw(self):
        """:raise UserError: the offer is not open any more"""
        for transfer in self:
            if transfer.state != "offered":
                transfer._check_open()
        self._close("withdrawn")
        self._send("withdrawn")

    def action_withdraw(self):
        self.registration_id.check_access("write")
        # sudo: offers are changed by their steps alone
        self.sudo()._withdraw()

    def _close(self, state):
        self.write({"state": state, "answered_on": fields.Datetime.now()})

    @api.model
    def _cron_expire(self):
        """Close offers whose time is over, and tell who gave; killable, idempotent."""
        domain = Domain("state", "=", "offered") & Domain(
            "expires_on", "<=", fields.Datetime.now()
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        while lapsed := self.search(domain, limit=BATCH).try_lock_for_update():
            lapsed._close("expired")
            lapsed._send("expired_giver")
            if not cron._commit_progress(len(lapsed)):
                break


class EventRegistration(models.Model):
    _inherit = "event.registration"

    club_transfer_ids = fields.One2many(
        "club.event.transfer", "registration_id", string="Given Away"
    )
    club_given_by_id = fields.Many2one(
        "res.partner",
        string="Ticket Received From",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="Who booked and paid stays the same; the place is the receiver's.",
    )

    def _club_transfer_until(self):
        self.ensure_one()
        hours = timedelta(hours=self.event_id.club_transfer_hours)
        return self._club_starts() - hours

    def _club_transfer_obstacle(self, offered=False):
        """Why this ticket cannot be given away now; "" if it can.

        :param offered: whether an open offer is no obstacle: it is being accepted
        """
        self.ensure_one()
        if obstacle := self._club_change_obstacle():
            return obstacle
        if self.state != "open":
            return self.env._("The ticket is not paid yet.")
        if not self.event_id.club_can_transfer:
            return self.env._("Tickets of this event cannot be given to others.")
        if fields.Datetime.now() > self._club_transfer_until():
            return self.env._(
                "Tickets could be given away until %(time)s.",
                time=self._club_time(self._club_transfer_until()),
            )
        if not offered and "offered" in self.club_transfer_ids.mapped("state"):
            return self.env._("This ticket is offered to somebody already.")
        return ""

    def _club_hand_over(
        self, giver, receiver=None, name="", email="", phone="", consent=""
    ):
        """Replace the attendee: the one step for offers and for the club's managers.

        Who booked and paid stays; a guest's host stays, and guests of the place stay
        with it.

        :param receiver: a ``res.partner``; else a guest
        :raise UserError: something is missing
        :raise ValidationError: the ticket is not for the receiver
        """
        self.ensure_one()
        vals = {"barcode": self._get_random_barcode()}
        if receiver:
            if receiver == self.club_attendee_id:
                raise UserError(self.env._("This ticket is yours already."))
            vals |= self._club_receiver_vals(receiver)
        else:
            if not name.strip() or not (email_normalize(email) or phone.strip()):
                raise UserError(
                    self.env._("Write your name, and an e-mail or a phone.")
                )
            if not consent:
                raise UserError(
                    self.env._("Please agree first that the club keeps your contact.")
                )
            vals |= self._club_stranger_vals(giver, name, email, phone, consent)
        vals["club_given_by_id"] = giver.id
        self._club_check_receiver(receiver)
        # Given by himself to a guest: whether guests may come is asked of this ticket.
        self.write(vals)
        return vals["barcode"]

    def _club_transfer_by_staff(self, receiver=None, **guest):
        """Give a ticket to another without asking him, whatever the hour.

        :param guest: see ``_club_hand_over``
        :return: the ``club.event.transfer``, accepted
        :raise UserError: the ticket is used or cancelled, or something is missing
        """
        self.ensure_one()
        if self.state != "open" or not self.active:
            raise UserError(
                self._club_change_obstacle()
                or self.env._("Only a confirmed ticket can be given away.")
            )
        giver = self.club_attendee_id or self.partner_id
        before = {"giver_name": self.name, "giver_email": self.email}
        self.club_transfer_ids.filtered(lambda t: t.state == "offered")._withdraw()
        self._club_hand_over(giver, receiver, **guest)
        transfer = self.env["club.event.transfer"].create(
            {
                **before,
                "registration_id": self.id,
                "giver_id": giver.id,
                "receiver_id": receiver and receiver.id,
                "email": self.email or "-",
                "state": "accepted",
                "expires_on": fields.Datetime.now(),
                "answered_on": fields.Datetime.now(),
            }
        )
        self.message_post(
            body=self.env._(
                "Given by %(giver)s to %(receiver)s; the old ticket is not valid any "
                "more.",
                giver=before["giver_name"],
                receiver=self.name,
            )
        )
        transfer.filtered("registration_id.email")._send("accepted")
        transfer.filtered("giver_email")._send("accepted_giver")
        return transfer

    def action_club_transfer(self):
        """Open “Give to another” for this ticket."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_event_transfer_wizard_action"
        )
        return {**action, "context": {"default_registration_id": self.id}}

    def _club_receiver_vals(self, receiver):
        """The receiver comes himself, and is nobody's guest."""
        return {
            "club_attendee_id": receiver.id,
            "name": receiver.name,
            "email": receiver.email,
            "phone": receiver.phone,
            "company_name": receiver.commercial_company_name,
            "club_host_id": False,
            "club_brought_by_id": False,
            "club_guest_consent": False,
            "club_guest_consent_words": False,
        }

    def _club_stranger_vals(self, giver, name, email, phone, consent):
        """A guest comes: of the host he had, else of whoever gives him the ticket."""
        host = self.club_brought_by_id or giver
        return {
            "club_attendee_id": False,
            "name": name.strip()[:200],
            "email": email_normalize(email) or False,
            "phone": phone.strip()[:40] or False,
            "company_name": False,
            "club_brought_by_id": host.id,
            "club_guest_consent": fields.Datetime.now(),
            "club_guest_consent_words": consent,
        }

    def _club_check_receiver(self, receiver):
        """Refuse who may not have this ticket; whoever judges access extends this.

        :param receiver: ``res.partner``, or None for a guest
        :raise UserError: one person comes with one ticket; or it is not for him
        """
        self.ensure_one()
        if (
            receiver
            and receiver.id
            in self.event_id._club_own_places(receiver)
            .filtered(
                lambda r: r.id != self.id and r.event_slot_id == self.event_slot_id
            )
            .club_attendee_id.ids
        ):
            raise UserError(
                self.env._(
                    "%(name)s has a ticket for this event already.", name=receiver.name
                )
            )

    def write(self, vals):
        res = super().write(vals)
        # An offer of a ticket that is cancelled or used is over.
        if vals.get("state") in ("cancel", "done") or vals.get("active") is False:
            # sudo: the desk has no rights to change offers
            offers = self.sudo().club_transfer_ids
            offers.filtered(lambda t: t.state == "offered")._close("withdrawn")
        return res
