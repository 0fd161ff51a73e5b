"""Who has brought whom: the one way by which bindings come to be (S0.11, field row 33).

The first who brings a person holds him for the programme's days; whoever brings him
meanwhile is noted beside. Of two who bring the same person at the same moment the
unique indexes let one in; the other's request is run again and finds the first.
"""

from collections import namedtuple
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import email_normalize

from .club_referral import CURRENT

# One time that somebody brought somebody.
Touch = namedtuple(
    "Touch",
    "referrer referred name email phone note way detail on visited company",
    defaults=(None, None, None, None, None, "manager", None, None, None, None),
)


class ClubReferral(models.Model):
    _inherit = "club.referral"

    @api.model
    def _bind(self, touches):
        """Note that people were brought, and say who counts.

        No query per touch. Called with whatever rights; what is written are facts.

        :param touches: ``Touch`` tuples: ``referrer`` and ``referred`` are
            ``res.partner`` (the second may be empty or None), ``on`` is the day
            (today), ``visited`` whether the person has been here by it, ``company``
            a ``res.company`` (else the user's)
        :return: the ``club.referral`` of each touch that now holds its person, in
            order; an empty one where no programme is in force
        """
        # sudo: a visitor, a member or the door have no rights on bindings
        self_sudo = self.sudo()
        touches = [self_sudo._completed(touch) for touch in touches]
        programs = {
            company: self_sudo.program_id._in_force(company)
            for company in {touch.company for touch in touches}
        }
        held, created = self_sudo._held_by(touches), []
        for number, touch in enumerate(touches):
            program, key = programs[touch.company], _key(touch)
            holder = held.get(key) if key else None
            if isinstance(holder, int) or not program:
                continue  # named twice here; the first is made below
            if touch.referrer == touch.referred:
                continue  # nobody brings himself
            if holder and not holder._gives_way(touch, program):
                holder._note_last(touch)
            elif not holder or holder.referrer_id != touch.referrer:
                created.append((number, touch, program))
                if key:
                    held[key] = number
        made = dict(
            zip(
                (number for number, _touch, _program in created),
                self_sudo._make(created),
                strict=True,
            )
        )
        return [
            self_sudo._result(touch, held, made, n) for n, touch in enumerate(touches)
        ]

    @api.model
    def _result(self, touch, held, made, number):
        if number in made:
            return made[number]
        holder = held.get(_key(touch), self.browse())
        return made[holder] if isinstance(holder, int) else holder

    @api.model
    def _completed(self, touch):
        return touch._replace(
            referred=touch.referred or self.env["res.partner"],
            on=touch.on or fields.Date.context_today(self),
            company=touch.company or self.env.company,
            name=touch.name or (touch.referred.name if touch.referred else None),
            email=touch.email or (touch.referred.email if touch.referred else None),
            phone=touch.phone or (touch.referred.phone if touch.referred else None),
        )

    @api.model
    def _held_by(self, touches):
        """``{key of a touch: club.referral}`` of people whom somebody holds."""
        people = [touch.referred.id for touch in touches if touch.referred]
        emails = [mail for t in touches if (mail := email_normalize(t.email))]
        current = self.search(
            Domain("status", "in", CURRENT)
            & (
                Domain("referred_id", "in", people)
                | (
                    Domain("referred_id", "=", False)
                    & Domain("email_normalized", "in", emails)
                )
            )
        )
        held = {}
        for touch in touches:
            found = current.filtered(
                lambda r, t=touch: (t.referred and r.referred_id == t.referred)
                or (
                    not r.referred_id
                    and r.company_id == t.company
                    and r.email_normalized
                    and r.email_normalized == email_normalize(t.email)
                )
            )
            if found:
                found = found.sorted(lambda r: (not r.referred_id, r.invited_on, r.id))
                held[_key(touch)] = found[0]
        return held

    def _gives_way(self, touch, program):
        """Whether a later touch takes the person over; closes the row if it does."""
        self.ensure_one()
        if touch.referrer == self.referrer_id or self.joined_on:
            return False
        days = self.program_id.window_days
        if days and self.invited_on + timedelta(days) < touch.on:
            self._close("lapsed", self.env._("Did not join within %s days.", days))
            return True
        if program.attribution == "last":
            self._close(
                "replaced",
                self.env._("Brought again by %s.", touch.referrer.display_name),
            )
            return True
        return False

    def _note_last(self, touch):
        """Keep the last touch beside the first; know the person if he is new to us."""
        self.ensure_one()
        if touch.referred and not self.referred_id:
            self._know(touch.referred)
        vals = {}
        if touch.visited and not self.visited_on:
            vals["visited_on"] = touch.on
        if touch.referrer != self.referrer_id:
            vals |= {
                "last_referrer_id": touch.referrer.id,
                "last_way": touch.way,
                "last_on": touch.on,
            }
        if vals:
            self.write(vals)

    @api.model
    def _make(self, created):
        """Rows of the touches that hold from now on, with what speaks against them."""
        vals_list = [
            {
                "program_id": program.id,
                "company_id": touch.company.id,
                "referrer_id": touch.referrer.id,
                "referred_id": touch.referred.id,
                "name": touch.name,
                "email": touch.email,
                "phone": touch.phone,
                "note": touch.note,
                "way": touch.way,
                "detail": touch.detail,
                "user_id": self.env.uid
                if touch.way in ("manager", "import")
                else False,
                "invited_on": touch.on,
                "visited_on": touch.on if touch.visited else False,
            }
            for _number, touch, program in created
        ]
        self.flush_model()  # what gave way is closed before the next takes its place
        referrals = self._create_or_run_again(vals_list)
        referrals._examine(fresh=True)
        referrals._project()
        referrals._take_stock_later()
        return referrals

    @api.model
    def _create_or_run_again(self, vals_list):
        """Of two who bring the same person at once, the second finds the first's row.

        :raise ConcurrencyError: somebody was faster; Odoo runs this transaction again
        """
        self.env.flush_all()  # what else is not unique is none of this
        try:
            with self.env.cr.savepoint():
                # what becomes of the row in this transaction is no news
                quiet = self.with_context(tracking_disable=True)
                return quiet.create(vals_list).with_env(self.env)
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error

    def _examine(self, fresh=False):
        """Hook: put what is doubtful into ``review``. Empty here; batches.

        Called with raised rights before anything follows from the rows.

        :param fresh: the rows were made just now
        """

    def _project(self):
        """Write on the people who counts as the one who brought them.

        A binding that would make a circle is refused here, in words: the trigger
        (``res_partner_chain``) would undo all that came with it.
        """
        known = self.filtered(lambda r: r.referred_id and r.status in CURRENT)
        for referral in known._in_a_circle():
            referral._close("refused", referral._circle_in_words())
        counting = known.filtered(lambda r: r.status == "bound")
        for referrer, referrals in counting.grouped("referrer_id").items():
            people = referrals.referred_id.filtered(
                lambda p, r=referrer: p.club_referrer_id != r
            )
            people.with_context(club_bound=True).club_referrer_id = referrer
        for referral in (self - counting).filtered("referred_id"):
            if referral.referred_id.club_referrer_id == referral.referrer_id:
                referral.referred_id.with_context(
                    club_bound=True
                ).club_referrer_id = False

    def _in_a_circle(self):
        """Those whose person stands above the referrer already; one query."""
        above = self.referrer_id._club_chains_up()
        return self.filtered(
            lambda r: r.referred_id.id in above.get(r.referrer_id.id, ())
        )

    def _circle_in_words(self):
        self.ensure_one()
        return self.env._(
            "%(referrer)s was brought by %(person)s, directly or through others: "
            "nobody brings himself to the club.",
            referrer=self.referrer_id.name,
            person=self._whom(),
        )

    def _know(self, person):
        """The club has a contact now of somebody who was only a name.

        Whoever holds the contact already goes on; the earlier of the two counts.

        :param person: a ``res.partner``
        """
        self.ensure_one()
        other = self.search(
            [("referred_id", "=", person.id), ("status", "in", CURRENT)], limit=1
        )
        if other and other != self:
            if self.invited_on >= other.invited_on or other.joined_on:
                self._close("replaced", self.env._("Is held by %s.", other._why()))
                other._note_last(
                    Touch(self.referrer_id, way=self.way, on=self.invited_on)
                )
                return
            other._close("replaced", self.env._("Is held by %s.", self._why()))
            self.flush_model()
        if person == self.referrer_id:
            self._close("refused", self.env._("Nobody brings himself to the club."))
            return
        try:
            with self.env.cr.savepoint():
                self.referred_id = person
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error
        self._examine()
        self._project()
        self._take_stock_later()

    def _close(self, status, why):
        """Bindings that do not count any more; the tree forgets them, too.

        :param status: ``lapsed``, ``replaced`` or ``refused``
        :param why: a sentence
        """
        self.write(
            {
                "status": status,
                "closed_on": fields.Datetime.now(),
                "closed_why": why,
                "closed_by_id": self.env.uid,
            }
        )
        for referral in self:
            person = referral.referred_id
            if person.club_referrer_id == referral.referrer_id:
                person.with_context(club_bound=True).club_referrer_id = False
        self._on_closed()

    def _on_closed(self):
        """Hook: bindings do not count any more. Empty here; rewards hear it."""

    def _rebind(self, referrer, why):
        """A manager says that somebody else has brought these people (field row 33).

        :param referrer: a ``res.partner``, or an empty one: nobody has
        :param why: the reason, in words
        :return: the new ``club.referral`` rows
        """
        touches = []
        for referral in self:
            touches.append(
                Touch(
                    referrer,
                    referral.referred_id,
                    name=referral.name,
                    email=referral.email,
                    phone=referral.phone,
                    detail=why,
                    on=referral.invited_on,
                    visited=bool(referral.visited_on),
                    company=referral.company_id,
                )
            )
        self._close("replaced", why)
        self.flush_model()
        if not referrer:
            return self.browse()
        return self.browse().concat(*self._bind(touches))


def _key(touch):
    """By what two touches are of the same person."""
    if touch.referred:
        return touch.referred.id, None
    email = email_normalize(touch.email)
    return (None, (email, touch.company.id)) if email else None
