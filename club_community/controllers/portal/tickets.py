import urllib.parse

import pytz
from markupsafe import Markup

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import content_disposition, request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ...tools.qr import qr_svg
from .event_people import EventQuestions
from .events import ClubEventsPortal

PAST_PER_PAGE = 20


class ClubTicketsPortal(ClubEventsPortal):
    """A member's own places. A number that is not his is answered as nobody's."""

    @route(
        ["/my/club/tickets", "/my/club/tickets/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_club_tickets(self, page=1, booked="", **_query):
        coming, past = self._ticket_domains()
        pager = portal_pager(
            url="/my/club/tickets",
            total=len(self._my_tickets_sudo(past)),
            page=page,
            step=PAST_PER_PAGE,
        )
        coming_sudo = self._my_tickets_sudo(coming)
        return request.render(
            "club_community.portal_my_club_tickets",
            {
                "page_name": "club_tickets",
                "coming": coming_sudo.sorted(lambda r: (r.event_begin_date, r.id)),
                "past": self._my_tickets_sudo(
                    past, limit=PAST_PER_PAGE, offset=pager["offset"]
                ),
                "pager": pager,
                "booked": booked and page == 1,
                "me": request.env.user.partner_id,
            },
        )

    def _ticket_domains(self):
        """What is to come and what is over; the second is the rest of the first."""
        now = fields.Datetime.now()
        return (
            Domain("event_end_date", ">", now) & Domain("state", "!=", "cancel"),
            Domain("event_end_date", "<=", now) | Domain("state", "=", "cancel"),
        )

    def _my_ticket(self, ticket_id):
        Registration = request.env["event.registration"].sudo()  # sudo: see below
        if not 0 < ticket_id < 2**31:
            return Registration
        return self._my_tickets_sudo(Domain("id", "=", ticket_id))

    @route(
        "/my/club/tickets/<int:ticket_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_club_ticket(self, ticket_id, done="", **_query):
        ticket_sudo = self._my_ticket(ticket_id)
        if not ticket_sudo:
            return request.redirect("/my/club/tickets")
        return self._render_ticket(ticket_sudo, done=done)

    def _render_ticket(self, ticket_sudo, done="", error="", typed=None):
        questions = EventQuestions(request.env, ticket_sudo.event_id)
        return request.render(
            "club_community.portal_my_club_ticket",
            {
                **self._ticket_values(ticket_sudo),
                "page_name": "club_ticket",
                "me": request.env.user.partner_id,
                "can_edit": ticket_sudo._club_may_be_corrected(),
                "has_pdf": self._has_pdf_program(),
                "google_url": self._google_url(ticket_sudo),
                "questions": questions,
                "typed": typed or self._typed(ticket_sudo),
                "done": done,
                "error": error,
            },
        )

    def _ticket_values(self, ticket_sudo):
        shows_code = ticket_sudo._club_shows_code()
        return {
            "ticket": ticket_sudo,
            "event": ticket_sudo.event_id,
            "slot": ticket_sudo.event_slot_id,
            "qr_svg": Markup(qr_svg(ticket_sudo.barcode)) if shows_code else "",
        }

    def _google_url(self, ticket_sudo):
        """Address that adds the event to Google's calendar, as stock's letters do."""
        event_sudo = ticket_sudo.event_id
        days = [
            pytz.utc.localize(day).strftime("%Y%m%dT%H%M%SZ")
            for day in (ticket_sudo.event_begin_date, ticket_sudo.event_end_date)
        ]
        query = {
            "action": "TEMPLATE",
            "text": event_sudo.name,
            "dates": "/".join(days),
            "location": event_sudo.address_inline or "",
            "details": event_sudo._get_external_description(),
        }
        address = urllib.parse.urlencode(query)
        return f"https://www.google.com/calendar/render?{address}"

    # --- On paper and in the calendar ---------------------------------------------

    @route(
        "/my/club/tickets/<int:ticket_id>/print",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_club_ticket_print(self, ticket_id, **_query):
        """One page that needs nothing else: it may be kept, and shown off-line."""
        ticket_sudo = self._my_ticket(ticket_id)
        if not ticket_sudo or not ticket_sudo._club_shows_code():
            return request.redirect("/my/club/tickets")
        return request.render(
            "club_community.portal_my_club_ticket_print",
            self._ticket_values(ticket_sudo),
        )

    @route(
        "/my/club/tickets/<int:ticket_id>/pdf",
        type="http",
        auth="user",
        website=True,
    )
    def my_club_ticket_pdf(self, ticket_id, **_query):
        """Stock's ticket, where the machine has the program that makes PDFs."""
        ticket_sudo = self._my_ticket(ticket_id)
        if not ticket_sudo or not ticket_sudo._club_shows_code():
            return request.redirect("/my/club/tickets")
        # sudo: the report reads the event and its company; the ticket is his own
        Report = request.env["ir.actions.report"].sudo()
        if not self._has_pdf_program():
            return request.redirect(f"/my/club/tickets/{ticket_sudo.id}/print")
        pdf, _type = Report._render_qweb_pdf(
            "event.action_report_event_registration_full_page_ticket", ticket_sudo.ids
        )
        return self._file(pdf, "application/pdf", f"{ticket_sudo.event_id.name}.pdf")

    @route(
        "/my/club/tickets/<int:ticket_id>/ics",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_club_ticket_ics(self, ticket_id, **_query):
        ticket_sudo = self._my_ticket(ticket_id)
        event_sudo = ticket_sudo.event_id
        files = event_sudo._get_ics_file(slot=ticket_sudo.event_slot_id)
        if not ticket_sudo or event_sudo.id not in files:
            return request.redirect("/my/club/tickets")
        return self._file(
            files[event_sudo.id], "text/calendar", f"{event_sudo.name}.ics"
        )

    def _has_pdf_program(self):
        Report = request.env["ir.actions.report"]
        return Report.get_wkhtmltopdf_state() in ("ok", "upgrade")

    def _file(self, content, content_type, name):
        return request.make_response(
            content,
            [
                ("Content-Type", content_type),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    # --- Paying -------------------------------------------------------------------

    @route("/my/club/tickets/<int:ticket_id>/pay", type="http", auth="user")
    def my_club_ticket_pay(self, ticket_id, **_query):
        """To the order, where whoever has booked still has to pay."""
        ticket_sudo = self._my_ticket(ticket_id)
        order_sudo = ticket_sudo.sale_order_id
        if not ticket_sudo._club_own_order(request.env.user.partner_id):
            return request.redirect("/my/club/tickets")
        return request.redirect(self._club_pay_url(order_sudo))

    @route(
        "/my/club/tickets/invoice/<int:order_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_ticket_invoice(self, order_id, **_form):
        """Pay by bank transfer: the places are kept for days instead of minutes."""
        mine = self._my_tickets_sudo(Domain("sale_order_id", "=", order_id))
        order_sudo = mine.sale_order_id
        if order_sudo.partner_id != request.env.user.partner_id:
            return request.redirect("/my/club/tickets")
        try:
            with request.env.cr.savepoint():
                order_sudo._club_ask_for_invoice()
        except UserError as refusal:
            return self._render_ticket(mine[0], error=str(refusal))
        return request.redirect(self._club_pay_url(order_sudo))

    # --- Who comes ----------------------------------------------------------------

    @route(
        "/my/club/tickets/<int:ticket_id>/edit",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_ticket_edit(self, ticket_id, **form):
        """Correct name, contacts and answers of a place of one's own; nothing else."""
        ticket_sudo = self._my_ticket(ticket_id)
        if not ticket_sudo:
            return request.redirect("/my/club/tickets")
        questions = EventQuestions(request.env, ticket_sudo.event_id)
        typed = {
            **questions.clean(form),
            "answers": {q.id: str(form.get(f"q{q.id}", "")) for q in questions.asked},
        }
        answers, error = questions.answers(questions.asked, typed["answers"])
        error = questions.wrong_contact(typed) or error
        if not ticket_sudo._club_may_be_corrected():
            error = request.env._(
                "It is too late to change who comes. Please call your manager."
            )
        if error:
            return self._render_ticket(ticket_sudo, error=error, typed=typed)
        ticket_sudo.write(
            {
                **questions.contact_values(typed),
                "registration_answer_ids": self._changed_answers(
                    ticket_sudo, questions, answers
                ),
            }
        )
        return request.redirect(f"/my/club/tickets/{ticket_sudo.id}?done=saved")

    def _typed(self, ticket_sudo):
        """What the form shows at first: what is known."""
        contacts = {key: ticket_sudo[key] or "" for key in ("name", "email", "phone")}
        return {
            **contacts,
            "company": ticket_sudo.company_name or "",
            "answers": {
                answer.question_id.id: answer.value_text_box
                or str(answer.value_answer_id.id)
                for answer in ticket_sudo.registration_answer_ids
            },
        }

    def _changed_answers(self, ticket_sudo, questions, answers):
        """Commands: what is new or different, and what was taken back."""
        commands, given = [], ticket_sudo.registration_answer_ids
        by_question = given.grouped("question_id")
        for question in questions.asked:
            known = by_question.get(question, given.browse())
            if question not in answers:
                commands += [Command.delete(answer.id) for answer in known]
            elif known:
                values = {"value_text_box": False, "value_answer_id": False}
                values.update(answers[question])
                commands.append(Command.update(known[0].id, values))
            else:
                commands.append(Command.create(answers[question]))
        return commands
