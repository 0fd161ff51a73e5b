from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

REFUSED = (UserError, ValidationError)
TICKET = "/my/club/tickets/<int:ticket_id>"


class ClubEventChange(CustomerPortal):
    """A member cancels a place or gives a ticket away; another accepts it.

    Whoever is logged in only ever finds his own places: another's number is answered
    as one that is not there. Who accepts needs the link of the letter, no more.
    """

    # --- Cancel -------------------------------------------------------------------

    @route(f"{TICKET}/cancel", type="http", auth="user", website=True, methods=["GET"])
    def my_ticket_cancel(self, ticket_id, **query):
        return self._ticket_cancel_page(self._my_place_sudo(ticket_id), done=query)

    @route(
        f"{TICKET}/cancel/confirm",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_ticket_cancel_confirm(self, ticket_id, reason="", guests="", **_form):
        place_sudo = self._my_place_sudo(ticket_id)
        try:
            with request.env.cr.savepoint():
                if obstacle := place_sudo._club_cancel_obstacle():
                    raise UserError(obstacle)
                place_sudo._club_cancel(reason, with_guests=guests == "go")
        except REFUSED as error:
            return self._ticket_cancel_page(place_sudo, error=str(error), reason=reason)
        return request.redirect(f"/my/club/tickets/{place_sudo.id}/cancel")

    @route(f"{TICKET}/ask", type="http", auth="user", website=True, methods=["POST"])
    def my_ticket_ask(self, ticket_id, words="", **_form):
        """Too late to do it himself: a request to the organiser (Indico #5264)."""
        place_sudo = self._my_place_sudo(ticket_id)
        try:
            with request.env.cr.savepoint():
                place_sudo._club_ask_organiser(words)
        except REFUSED as error:
            return self._ticket_cancel_page(place_sudo, error=str(error), reason=words)
        return request.redirect(f"/my/club/tickets/{place_sudo.id}/cancel?asked=1")

    def _my_place_sudo(self, ticket_id):
        """A place of the user who is logged in, with raised rights.

        :raise NotFound: there is none, or it is another's
        """
        # sudo: a portal user has no rights on registrations
        places_sudo = request.env["event.registration"].sudo()
        mine = places_sudo._club_mine(request.env.user.partner_id)
        place_sudo = places_sudo.search(Domain("id", "=", ticket_id) & mine, limit=1)
        if not place_sudo:
            raise request.not_found()
        return place_sudo

    def _ticket_cancel_page(self, place_sudo, error="", reason="", done=None):
        obstacle = place_sudo._club_cancel_obstacle()
        follow = place_sudo.event_id.club_guests_follow
        guests_sudo = place_sudo.club_guest_ids.filtered(
            lambda g: g.club_has_place and g.state != "done"
        )
        leaving_sudo = place_sudo | place_sudo._club_guests_leaving()
        return request.render(
            "club_community.portal_ticket_cancel",
            {
                "page_name": "club_ticket_change",
                "place": place_sudo,
                "event": place_sudo.event_id,
                "obstacle": obstacle,
                "terms": not obstacle and leaving_sudo._club_cancel_terms(),
                "terms_with_guests": not obstacle
                and follow == "stay"
                and guests_sudo
                and (place_sudo | guests_sudo)._club_cancel_terms(),
                "steps": not obstacle
                and place_sudo._club_seat_price()
                and place_sudo._club_cancel_steps(),
                "guests": guests_sudo,
                "follow": follow,
                "asked": (done or {}).get("asked"),
                "error": error,
                "reason": reason,
            },
            status=422 if error else 200,
        )

    # --- Give away ----------------------------------------------------------------

    @route(
        f"{TICKET}/transfer", type="http", auth="user", website=True, methods=["GET"]
    )
    def my_ticket_transfer(self, ticket_id, **_query):
        return self._ticket_transfer_page(self._my_place_sudo(ticket_id))

    @route(
        f"{TICKET}/transfer/offer",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_ticket_transfer_offer(self, ticket_id, email="", message="", **_form):
        place_sudo = self._my_place_sudo(ticket_id)
        try:
            with request.env.cr.savepoint():
                request.env["club.event.transfer"]._offer(
                    place_sudo, request.env.user.partner_id.sudo(), email, message
                )
        except REFUSED as error:
            return self._ticket_transfer_page(
                place_sudo, error=str(error), email=email, message=message
            )
        return request.redirect(f"/my/club/tickets/{place_sudo.id}/transfer")

    @route(
        f"{TICKET}/transfer/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_ticket_transfer_withdraw(self, ticket_id, **_form):
        place_sudo = self._my_place_sudo(ticket_id)
        try:
            with request.env.cr.savepoint():
                place_sudo.club_transfer_ids.filtered(
                    lambda t: t.state == "offered"
                )._withdraw()
        except REFUSED as error:
            return self._ticket_transfer_page(place_sudo, error=str(error))
        return request.redirect(f"/my/club/tickets/{place_sudo.id}/transfer")

    def _ticket_transfer_page(self, place_sudo, error="", **form):
        offer_sudo = place_sudo.club_transfer_ids.filtered(
            lambda t: t.state == "offered"
        )
        return request.render(
            "club_community.portal_ticket_transfer",
            {
                "page_name": "club_ticket_change",
                "place": place_sudo,
                "event": place_sudo.event_id,
                "offer": offer_sudo,
                "past": (place_sudo.club_transfer_ids - offer_sudo).sorted("id")[-1:],
                "obstacle": not offer_sudo and place_sudo._club_transfer_obstacle(),
                "until": place_sudo._club_time(place_sudo._club_transfer_until()),
                "error": error,
                **form,
            },
            status=422 if error else 200,
        )

    # --- Accept -------------------------------------------------------------------

    @route(
        "/club/ticket/accept/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def ticket_accept(self, token, **_query):
        return self._ticket_accept_page(self._offer_of(token), token)

    @route(
        "/club/ticket/accept/<string:token>/answer",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def ticket_accept_answer(self, token, answer="", **form):
        """Accept or decline; nothing else than the link says for whom it is."""
        offer_sudo = self._offer_of(token)
        try:
            with request.env.cr.savepoint():
                if answer == "decline":
                    offer_sudo._decline()
                elif answer == "accept":
                    offer_sudo._accept(**self._receiver(offer_sudo, form))
        except REFUSED as error:
            return self._ticket_accept_page(offer_sudo, token, str(error), **form)
        return request.redirect(f"/club/ticket/accept/{token}")

    def _offer_of(self, token):
        """The offer of a link.

        :raise NotFound: there is none
        """
        offer_sudo = request.env["club.event.transfer"]._by_token(token)
        if not offer_sudo:
            raise request.not_found()
        return offer_sudo

    def _receiver(self, offer_sudo, form):
        """Who accepts: the user who is logged in, else a guest as he writes."""
        if not request.env.user._is_public():
            return {"receiver": request.env.user.partner_id.sudo()}
        return {
            "name": form.get("name", ""),
            "email": form.get("email", ""),
            "phone": form.get("phone", ""),
            "consent": form.get("consent") and self._accept_words(),
        }

    def _accept_words(self):
        return request.env._(
            "The club may keep my name and contact, and may write to me about this "
            "event and about the club."
        )

    def _ticket_accept_page(self, offer_sudo, token, error="", **form):
        closed = ""
        try:
            offer_sudo._check_open()
        except UserError as refusal:
            closed = str(refusal)
        place_sudo = offer_sudo.registration_id
        is_public = request.env.user._is_public()
        return request.render(
            "club_community.ticket_accept",
            {
                "offer": offer_sudo,
                "event": offer_sudo.event_id,
                "place": place_sudo,
                "token": token,
                "closed": closed,
                "ticket_url": offer_sudo._ticket_url(),
                "me": not is_public and request.env.user.partner_id.sudo(),
                "words": self._accept_words(),
                "until": place_sudo._club_time(offer_sudo.expires_on),
                "error": error,
                "form": {"email": offer_sudo.email, **form},
            },
            status=422 if error else 200,
            headers={"Referrer-Policy": "no-referrer"},
        )
