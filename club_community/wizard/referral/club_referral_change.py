from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.referral.club_referral import CURRENT
from ...models.referral.club_referral_bind import Touch
from ...models.referral.club_referral_doubt import KINDS, MANAGER
from ...models.referral.club_referral_doubt_find import Pair


class ClubReferralChange(models.TransientModel):
    """Somebody else has brought this person, or nobody has; with a reason (S0.11).

    Before it is done it says what changes, what speaks against it, and what would be
    taken back.
    """

    _name = "club.referral.change"
    _description = "Change Who Brought"

    partner_id = fields.Many2one("res.partner", string="Person", ondelete="cascade")
    referral_id = fields.Many2one(
        "club.referral",
        string="Counts Today",
        compute="_compute_referral_id",
        store=True,
        readonly=False,
        ondelete="cascade",
    )
    referrer_id = fields.Many2one(
        "res.partner",
        string="Brought By",
        domain="[('is_company', '=', False), ('id', '!=', partner_id)]",
        ondelete="cascade",
    )
    is_nobody = fields.Boolean(
        string="Nobody", help="The person came by himself: nobody has brought him."
    )
    why = fields.Char(string="Reason")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("partner_id")
    def _compute_referral_id(self):
        for change in self.filtered(lambda c: not c.referral_id and c.partner_id):
            change.referral_id = self.env["club.referral"].search(
                [
                    ("referred_id", "=", change.partner_id.id),
                    ("status", "in", CURRENT),
                ],
                limit=1,
            )

    @api.depends("referral_id", "partner_id", "referrer_id", "is_nobody")
    @api.depends_context("lang")
    def _compute_preview(self):
        for change in self:
            lines = change._lines() if change.partner_id or change.referral_id else []
            change.preview = lines and Markup("<ul>%s</ul>") % Markup("").join(
                Markup("<li>%s</li>") % line for line in lines
            )

    def _lines(self):
        """What happens, in sentences."""
        self.ensure_one()
        held = self.referral_id
        lines = [
            held._why() if held else self.env._("Nobody is noted so far."),
        ]
        if obstacle := self._obstacle():
            return [*lines, obstacle]
        new = self.env["res.partner"] if self.is_nobody else self.referrer_id
        if not new and not self.is_nobody:
            return lines
        if held:
            # sudo: what hangs on a binding is shown to whoever may change it
            lines += held.sudo()._what_closing_takes()
        if self.is_nobody:
            return [*lines, self.env._("From now on nobody counts.")]
        lines.append(self.env._("From now on %s counts.", new.name))
        doubts = self._doubts_about(new)
        if doubts:
            lines.append(
                self.env._(
                    "Please look: %s. You decide this now: nobody is asked again.",
                    ", ".join(doubts),
                )
            )
        return lines

    def _doubts_about(self, referrer):
        """What would speak against the new binding, in a few words each."""
        held, person = self.referral_id, self.partner_id or self.referral_id.referred_id
        company = held.company_id or self.env.company
        day = held.invited_on or fields.Date.context_today(self)
        # sudo: facts of both sides, of whoever's portfolio they are
        Referral_sudo = self.env["club.referral"].sudo()
        program_sudo = Referral_sudo.program_id._in_force(company)
        pair = Pair(
            held.id or 0,
            referrer.sudo(),
            person.sudo(),
            held.email or person.email,
            held.phone or person.phone,
            day,
            day,
            "manager",
            program_sudo,
            company,
        )
        found = Referral_sudo._find_doubts([pair]).get(pair.key, {})
        field = self.env["club.referral.doubt"]._fields["kind"]
        words = dict(field._description_selection(self.env))
        return [words[kind] for kind, _label in KINDS if kind in found]

    def _obstacle(self):
        """Why it cannot be done, in a sentence, or False."""
        self.ensure_one()
        held, new = self.referral_id, self.referrer_id
        person = self.partner_id or held.referred_id
        if self.is_nobody:
            if not held:
                return self.env._("Nobody is noted as having brought this person.")
            return False
        if not new:
            return False
        if held.referrer_id == new and held.status == "bound":
            return self.env._("%s is the one who counts already.", new.name)
        # sudo: a chain goes on where somebody may see a part of it only
        above = new.sudo()._club_chains_up().get(new.id, ())
        if person and person.id in above:
            return self.env._(
                "%(referrer)s was brought by %(person)s, directly or through others: "
                "nobody brings himself to the club.",
                referrer=new.name,
                person=person.name,
            )
        company = held.company_id or self.env.company
        if not self.env["club.referral.program"]._in_force(company):
            return self.env._("No referral programme is in force today.")
        return False

    def action_change(self):
        """Do it.

        :raise AccessError: the user is no club manager
        :raise UserError: nobody is chosen, nobody says why, or it would be a circle
        """
        self.ensure_one()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a club manager decides which referrals count.")
            )
        self._check_complete()
        new = self.env["res.partner"] if self.is_nobody else self.referrer_id
        why = self.why.strip()
        # sudo: bindings are written by the flows alone
        held_sudo = self.referral_id.sudo().with_context(club_decided=True)
        if held_sudo:
            held_sudo._message_log(
                body=self.env._("Changed who brought: %s", why),
                author_id=self.env.user.partner_id.id,
            )
            made_sudo = held_sudo._rebind(new.sudo(), why)
        else:
            touch = Touch(new.sudo(), self.partner_id.sudo(), detail=why)
            made_sudo = held_sudo.browse().concat(*held_sudo._bind([touch]))
        made_sudo.write(
            {
                "decided_on": fields.Datetime.now(),
                "decided_by_id": self.env.uid,
                "decided_why": why,
            }
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_complete(self):
        if self.referral_id:
            self.referral_id.check_access("read")
            if self.referral_id.status not in CURRENT:
                raise UserError(
                    self.env._("Somebody was faster: please look at it once more.")
                )
        if not self.is_nobody and not self.referrer_id:
            raise UserError(
                self.env._("Please choose who has brought the person, or “Nobody”.")
            )
        if not (self.why or "").strip():
            raise UserError(self.env._("Please say why, in a sentence."))
        if obstacle := self._obstacle():
            raise UserError(obstacle)
