from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..membership.res_partner import STATES_WITH_LEVEL
from .event_registration import SEATED

CLUB_MANAGER = "club_community.group_club_manager"


class Asked(NamedTuple):
    """What the judge of tickets is asked: this ticket, for this person."""

    ticket: object  # event.event.ticket
    partner: object  # res.partner
    slot: object  # event.slot


class ResCompany(models.Model):
    _inherit = "res.company"

    club_invite_quiet_days = fields.Integer(
        string="Quiet Days",
        default=7,
        required=True,
        help="A person gets one letter with an invitation in so many days.",
    )
    club_invite_remind_days = fields.Integer(
        string="Ask Again After Days",
        default=3,
        required=True,
        help="Who has not answered, or said maybe, is asked once more. 0: never.",
    )

    _club_invite_days_not_negative = models.Constraint(
        "CHECK(club_invite_quiet_days >= 0 AND club_invite_remind_days >= 0)",
        "Days cannot be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    club_invite_quiet_days = fields.Integer(
        related="company_id.club_invite_quiet_days", readonly=False
    )
    club_invite_remind_days = fields.Integer(
        related="company_id.club_invite_remind_days", readonly=False
    )


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    def _club_is_invited(self, partner):
        """Whether a person is invited to the event of this ticket.

        While people are chosen whom to invite, those who will be are as good as.
        """
        self.ensure_one()
        if self.env.context.get("club_inviting"):
            return True
        # sudo: a member has no rights on invitations
        invited = self.env["club.event.invitation"].sudo()
        return bool(
            partner
            and invited.search_count(
                [
                    ("event_id", "=", self.event_id.id),
                    ("partner_id", "=", partner.id),
                    ("state", "!=", "dropped"),
                ],
                limit=1,
            )
        )


class EventEvent(models.Model):
    """Whom an event may invite, and by which rules of quiet."""

    _inherit = "event.event"

    club_invitation_ids = fields.One2many(
        "club.event.invitation", "event_id", string="Invitations", copy=False
    )
    club_invited_count = fields.Integer(
        string="Invited",
        compute="_compute_club_invited",
        groups="club_community.group_club_user",
    )
    club_invited_yes = fields.Integer(
        string="Said Yes",
        compute="_compute_club_invited",
        groups="club_community.group_club_user",
    )

    @api.depends("club_invitation_ids.state")
    def _compute_club_invited(self):
        rows = self.env["club.event.invitation"]._read_group(
            [("event_id", "in", self.ids), ("state", "!=", "dropped")],
            ["event_id", "state"],
            ["__count"],
        )
        counted = {(event.id, state): count for event, state, count in rows}
        for event in self:
            event.club_invited_count = sum(
                count for (id_, _s), count in counted.items() if id_ == event.id
            )
            event.club_invited_yes = counted.get((event.id, "yes"), 0)

    def _club_open_tickets(self, person):
        """Tickets of this event that a person may have; see ``_club_open_to``."""
        self.ensure_one()
        return self.event_ticket_ids.filtered(
            lambda ticket: ticket._club_open_to(person)
        )

    def _club_coming(self, people):
        """Those of some people who have a place at this event."""
        self.ensure_one()
        # sudo: who invites need not see all registrations
        found = (
            self.env["event.registration"]
            .sudo()
            .search(
                Domain("event_id", "=", self.id)
                & Domain("club_has_place", "=", True)
                & (
                    Domain("club_attendee_id", "in", people.ids)
                    | Domain("club_attendee_id", "=", False)
                    & Domain("partner_id", "in", people.ids)
                )
            )
        )
        coming = found.mapped(lambda r: r.club_attendee_id or r.partner_id)
        return people & coming.with_env(people.env)

    def _club_invite_obstacles(self, people):
        """Why some people are not to be invited to this event.

        :return: ``{partner: code of OBSTACLES}``; the number of queries does not grow
            with the people, unless a ticket asks for each
        """
        self.ensure_one()
        people_sudo = people.sudo()  # sudo: rules of quiet hold, whoever invites
        leaving = (
            self.env["club.membership"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", people.ids),
                    ("leave_date", "!=", False),
                    ("state", "in", STATES_WITH_LEVEL),
                ],
                ["partner_id"],
            )
        )
        leavers = {membership.partner_id.id for membership in leaving}
        # the trap: stock's is_blacklisted is not computed anew when the list changes
        blacklist_sudo = self.env["mail.blacklist"].sudo()  # sudo: as above
        refusing = set(
            blacklist_sudo.search(
                [("email", "in", people_sudo.mapped("email_normalized"))]
            ).mapped("email")
        )
        coming = set(self._club_coming(people_sudo)._ids)
        tickets = self.sudo().event_ticket_ids.with_context(club_inviting=True)
        open_to = {p.id for t in tickets for p in t._club_open_to(people_sudo)}
        obstacles = {}
        for person in people_sudo:
            if person.id in coming:
                code = "coming"
            elif not person.email_normalized:
                code = "no_email"
            elif person.email_normalized in refusing:
                code = "optout"
            elif person.club_state == "paused" or person.id in leavers:
                code = "resting"
            elif tickets and person.id not in open_to:
                code = "not_eligible"
            else:
                continue
            obstacles[person.sudo(False)] = code
        return obstacles

    def _club_invite_preview(self, people, company):
        """Sort people by what an invitation would do.

        :return: ``{partner: code}``: those of ``OBSTACLES``, "invited" before,
            "quiet", and "ok"
        """
        self.ensure_one()
        invited = (
            self.env["club.event.invitation"]
            .sudo()
            .search_fetch(
                [
                    ("event_id", "=", self.id),
                    ("partner_id", "in", people.ids),
                    ("state", "!=", "dropped"),
                ],
                ["partner_id"],
            )
        )
        before = {invitation.partner_id.id for invitation in invited}
        obstacles = self._club_invite_obstacles(people)
        quiet_since = fields.Datetime.now() - timedelta(
            days=company.club_invite_quiet_days
        )
        found = {}
        for person in people:
            told = person.sudo().club_invited_on  # sudo: as in the rules of quiet
            if person in obstacles:
                found[person] = obstacles[person]
            elif person.id in before:
                found[person] = "invited"
            else:
                found[person] = "quiet" if told and told > quiet_since else "ok"
        return found

    def _club_invite(self, people, note=None, personal=False, company=None):
        """Invite people; their letters are sent by a job, see ``_cron_send``.

        Whoever is coming, may not come or is not to be written to is left out, and so
        is who was invited before. Letters of people who had one lately wait.

        :param people: ``res.partner``; of the own portfolio, or of whom one stands in
            for, unless one is club manager
        :param note: words of the person who invites
        :param personal: whether the invitation is from him to this one
        :return: the ``club.event.invitation`` records that were made or sent anew
        :raise AccessError: somebody is not in the own portfolio
        """
        self.ensure_one()
        people.check_access("read")
        self._club_check_inviter(people)
        company = self.company_id or company or self.env.company
        preview = self._club_invite_preview(people, company)
        wanted = people.filtered(lambda p: preview[p] in ("ok", "quiet"))
        values = {
            "company_id": company.id,
            "user_id": self.env.uid,
            "note": (note or "").strip(),
            "is_personal": personal,
            "state": "queued",
            "obstacle": False,
        }
        # sudo: invitations are made by this alone
        Invitation = self.env["club.event.invitation"].sudo()
        dropped = Invitation.search(
            [("event_id", "=", self.id), ("partner_id", "in", wanted.ids)]
        )
        dropped.write(values)
        made = Invitation.create(
            [
                {**values, "event_id": self.id, "partner_id": person.id}
                for person in wanted - dropped.partner_id
            ]
        )
        if made or dropped:
            # sudo: managers have no rights on jobs
            self.env.ref("club_community.ir_cron_event_invite").sudo()._trigger()
        return (made | dropped).sudo(False)

    def _club_check_inviter(self, people):
        if self.env.su or self.env.user.has_group(CLUB_MANAGER):
            return
        # sudo: a manager need not see users
        managers_sudo = people.club_manager_id.sudo()
        mine_sudo = managers_sudo.filtered(
            lambda user: self.env.user in user.club_in_charge_ids
        )
        if others := people.filtered(lambda p: p.club_manager_id not in mine_sudo):
            raise AccessError(
                self.env._(
                    "You invite people whom you look after. %(name)s has another "
                    "manager: ask the head of the club.",
                    name=others[0].display_name,
                )
            )

    def action_club_invite(self):
        """“Invite members”, from the event."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_event_invite_action"
        )
        return action | {"context": {"default_event_id": self.id}}

    def action_club_invitations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_event_invitation_action"
        )
        return action | {
            "domain": [("event_id", "=", self.id)],
            "context": {"search_default_group_state": 1},
        }


class EventTicketOpen(models.Model):
    _inherit = "event.event.ticket"

    def _club_open_to(self, people):
        """Those of some people who may have this ticket, now or once its sale begins.

        :return: a part of ``people``; in as many queries as the judge of tickets needs
            for them together
        """
        self.ensure_one()
        judge = getattr(self, "_club_judge", None)
        if not judge:
            return people
        no_slot = self.env["event.slot"]
        asked = [Asked(self, person, no_slot) for person in people]
        answers = judge(asked, together=False)
        return people.browse(
            person.id
            for person, answer in zip(people, answers, strict=True)
            if answer.allowed or answer.opens_on
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_invited_on = fields.Datetime(
        string="Last Invitation",
        readonly=True,
        copy=False,
        prefetch="club_profile",
        groups="club_community.group_club_user",
        help="When the last letter with an invitation to an event was sent.",
    )

    def action_club_invite(self):
        """“Invite to an event”, from a person's form or a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_event_invite_action"
        )
        people = self.filtered(lambda person: not person.is_company)
        return action | {"context": {"default_partner_ids": people.ids}}

    def _club_open_invitations(self):
        """Invitations of this person that can still be answered."""
        self.ensure_one()
        # sudo: found by the person's own contact
        return (
            self.env["club.event.invitation"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.id),
                    ("state", "in", ("queued", "sent", "maybe", "yes")),
                    ("registration_id", "=", False),
                    ("event_id.active", "=", True),
                    ("event_id.kanban_state", "!=", "cancel"),
                    ("event_id.date_end", ">", fields.Datetime.now()),
                    (
                        "event_id.registration_ids",
                        "not any",
                        [
                            ("state", "in", SEATED),
                            "|",
                            ("club_attendee_id", "=", self.id),
                            ("partner_id", "=", self.id),
                        ],
                    ),
                ]
            )
        )
