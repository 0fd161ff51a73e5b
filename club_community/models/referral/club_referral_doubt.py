"""What speaks against a binding, and who has decided (S0.11, honesty).

The machine doubts and a club manager decides: a doubtful binding counts for nobody
until somebody has looked. Whatever was decided stays decided: a doubt is noted once per
binding and kind, and one that is noted already asks nobody again.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .club_referral import CURRENT

MANAGER = "club_community.group_club_manager"
KINDS = [
    ("email", "Same e-mail"),
    ("phone", "Same phone"),
    ("twin", "Looks like the same person"),
    ("card", "Same payment card"),
    ("payer", "Fee paid by who brought"),
    ("address", "Same address"),
    ("family", "Family"),
    ("client", "Was a client before"),
    ("member", "Is or was a member"),
    ("twice", "Contact of somebody else who was brought"),
    ("rate", "Unusually many at once"),
    ("disposable", "Disposable e-mail"),
]


class ClubReferralDoubt(models.Model):
    """One reason why somebody has to look at a binding."""

    _name = "club.referral.doubt"
    _description = "Doubt about a Referral"
    _order = "id"
    _rec_name = "kind"

    referral_id = fields.Many2one(
        "club.referral", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="referral_id.company_id")
    kind = fields.Selection(KINDS, string="Doubt", required=True, readonly=True)
    detail = fields.Char(readonly=True, help="The contact, document or number.")
    other_id = fields.Many2one(
        "club.referral", index="btree_not_null", ondelete="set null", readonly=True
    )
    reason = fields.Char(compute="_compute_reason")

    _once = models.UniqueIndex(
        "(referral_id, kind)", "This doubt about the referral is noted already."
    )

    @api.depends("kind", "detail", "other_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for doubt in self:
            doubt.reason = doubt._in_words()

    def _in_words(self):
        """The doubt in a sentence, in the reader's language."""
        self.ensure_one()
        detail = self.detail or ""
        many, _slash, days = detail.partition("/")
        other = self.other_id.sudo()  # sudo: a name that the reviewer must know
        sentences = {
            "email": self.env._("Both have the same mailbox: %s.", detail),
            "phone": self.env._("Both have the same phone: %s.", detail),
            "twin": self.env._("The two cards may be of one and the same person."),
            "card": self.env._("Both pay with the same card: %s.", detail),
            "payer": self.env._(
                "The membership is paid by the one who brought: %s.", detail
            ),
            "address": self.env._("Both live at the same address: %s.", detail),
            "family": self.env._("Both are family: %s.", detail),
            "client": self.env._("Bought from us before being brought: %s.", detail),
            "member": self.env._(
                "Is, or was, a member from before being brought: %s.", detail
            ),
            "twice": self.env._(
                "The same mailbox or phone is on another referral: %s.",
                other.display_name if other else "",
            ),
            "rate": self.env._(
                "%(many)s people were brought within %(days)s days, which is unusual.",
                many=many,
                days=days,
            ),
            "disposable": self.env._(
                "The e-mail is of a service for throw-away addresses: %s.", detail
            ),
        }
        return sentences.get(self.kind, "")


class ClubReferral(models.Model):
    _inherit = "club.referral"

    doubt_ids = fields.One2many(
        "club.referral.doubt", "referral_id", string="Doubts", readonly=True
    )
    doubts = fields.Char(
        string="Why It Waits",
        compute="_compute_doubts",
        help="What speaks against it, in words.",
    )
    decided_on = fields.Datetime(readonly=True)
    decided_by_id = fields.Many2one("res.users", ondelete="set null", readonly=True)
    decided_why = fields.Char(string="Why It Was Decided So", readonly=True)

    @api.depends("doubt_ids.reason")
    @api.depends_context("lang")
    def _compute_doubts(self):
        for referral in self:
            referral.doubts = " ".join(referral.doubt_ids.mapped("reason"))

    # --- Looking --------------------------------------------------------------------

    def _examine(self, fresh=False):
        """Put into ``review`` what there is a new doubt about; no query per row.

        With ``club_decided`` in the context a club manager has seen the doubts
        already: they are noted, and the binding counts.
        """
        res = super()._examine(fresh=fresh)
        current = self.filtered(lambda r: r.status in CURRENT)
        if not current:
            return res
        found = current._find_doubts(current._pairs_to_compare(fresh))
        doubtful = current._note_doubts(found)
        if doubtful and not self.env.context.get("club_decided"):
            bound = doubtful.filtered(lambda r: r.status == "bound")
            bound.with_context(tracking_disable=True).status = "review"
            doubtful._ask_for_a_look()
        return res

    @api.model
    def _examine_paid(self, memberships):
        """Look once more at who was brought and has paid: cards and payers are known.

        Called before anything is granted for these ``club.membership``. Whoever
        grants looks at ``status`` afterwards: ``review`` is granted nothing.
        """
        # sudo: whoever pays has no rights on bindings
        referrals_sudo = self.sudo().search(
            [
                ("referred_id", "in", memberships.sudo().partner_id.ids),
                ("status", "in", CURRENT),
            ]
        )
        if referrals_sudo:
            referrals_sudo._examine()
            referrals_sudo._project()

    def _note_doubts(self, found):
        """Keep doubts that are new; a human has seen, or will see, the others.

        :param found: ``{id: {kind: (detail, id of another referral)}}``
        :return: the referrals about which there is a new one
        """
        rows = [
            (referral_id, kind, *more)
            for referral_id, doubts in found.items()
            for kind, more in doubts.items()
        ]
        if not rows:
            return self.browse()
        self.flush_recordset()
        # a second transaction that notes the same is refused, and run again
        new = self.env.execute_query(
            SQL(
                """
                INSERT INTO club_referral_doubt
                       (referral_id, kind, detail, other_id,
                        create_uid, write_uid, create_date, write_date)
                SELECT r.*, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM unnest(%(ids)s::int[], %(kinds)s::text[], %(details)s::text[],
                              %(others)s::int[]) r
                    ON CONFLICT DO NOTHING
             RETURNING referral_id
                """,
                uid=self.env.uid,
                ids=[row[0] for row in rows],
                kinds=[row[1] for row in rows],
                details=[row[2] or None for row in rows],
                others=[row[3] or None for row in rows],
            )
        )
        doubtful = self.browse(sorted({row[0] for row in new}))
        doubtful.invalidate_recordset(["doubt_ids", "doubts"], flush=False)
        return doubtful

    # --- Deciding -------------------------------------------------------------------

    def action_accept(self):
        """A club manager has looked: it counts.

        :raise AccessError: the user is no club manager
        :raise UserError: it was decided already
        """
        self._check_may_decide()
        # sudo: bindings are written by the flows alone
        self_sudo = self.sudo()
        self_sudo._decide("bound", False)
        self_sudo._project()
        accepted = self_sudo.filtered(lambda r: r.status == "bound")
        accepted._take_stock_later()
        self_sudo._look_is_over()
        accepted._on_accepted()
        return self_sudo._say_what_is_left()

    def _refuse(self, why):
        """A club manager has looked: it does not count.

        :param why: the reason, in words
        :raise AccessError: the user is no club manager
        :raise UserError: it was decided already, or nobody says why
        """
        self._check_may_decide()
        if not (why or "").strip():
            raise UserError(self.env._("Please say why, in a sentence."))
        # sudo: bindings are written by the flows alone
        self_sudo = self.sudo()
        self_sudo._decide(False, why.strip())
        self_sudo._close("refused", why.strip())

    def action_refuse(self):
        """Ask for the reason.

        :raise AccessError: the user is no club manager
        :raise UserError: it was decided already
        """
        self._check_may_decide()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_referral_refuse_action"
        )
        return {**action, "context": {"default_referral_ids": self.ids}}

    def _check_may_decide(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a club manager decides which referrals count.")
            )
        self.check_access("read")
        # sudo: who has decided may be somebody of another company
        for referral in self.sudo().filtered(lambda r: r.status != "review"):
            if referral.decided_by_id:
                raise UserError(
                    self.env._(
                        "“%(referral)s” was decided already, by %(user)s.",
                        referral=referral.display_name,
                        user=referral.decided_by_id.name,
                    )
                )
            raise UserError(
                self.env._("“%s” does not wait for a decision.", referral.display_name)
            )

    def _decide(self, status, why):
        """Note who has decided, when and why; in the chatter, too.

        The write is the lock: of two decisions at once the second is run again.
        """
        vals = {
            "decided_on": fields.Datetime.now(),
            "decided_by_id": self.env.uid,
            "decided_why": why,
        }
        self.write({**vals, "status": status} if status else vals)
        kind = self.env["club.referral.doubt"]._fields["kind"]
        names = dict(kind._description_selection(self.env))
        for referral in self:
            seen = [names[doubt.kind] for doubt in referral.doubt_ids]
            if why:
                words = self.env._(
                    "Refused: %(why)s (%(doubts)s)", why=why, doubts=", ".join(seen)
                )
            else:
                words = self.env._("Accepted all the same: %s.", ", ".join(seen))
            referral._message_log(body=words, author_id=self.env.user.partner_id.id)

    def _say_what_is_left(self):
        """A sentence on the screen where an accepted one could not count after all."""
        refused = self.filtered(lambda r: r.status == "refused")
        if not refused:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": refused[0].closed_why,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _on_accepted(self):
        """Hook: a club manager has accepted these bindings, which count from now on.

        Called with raised rights; empty here. Whatever was held back because nobody
        had looked is given now, by whoever gives it.
        """

    def _what_closing_takes(self):
        """Hook: what would be taken back if these bindings did not count any more.

        Shown before a manager changes who has brought somebody. Empty here.

        :return: sentences
        """
        return []

    def action_change_referrer(self):
        """Ask who has brought the person instead, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_referral_change_action"
        )
        values = {
            "default_referral_id": self.id,
            "default_partner_id": self.referred_id.id,
        }
        return {**action, "context": values}

    def _on_closed(self):
        res = super()._on_closed()
        self._look_is_over()
        return res

    # --- Who is asked ---------------------------------------------------------------

    def _ask_for_a_look(self):
        """An activity for a club manager, one per referral."""
        kind = self.env.ref("mail.mail_activity_data_todo")
        today = fields.Date.context_today(self)
        heads = self._reviewers()
        vals_list = []
        for referral in self:
            user = heads[referral]
            spoken = referral.with_context(lang=user.lang or self.env.lang)
            vals_list.append(
                {
                    "partner_id": (referral.referred_id or referral.referrer_id).id,
                    "activity_type_id": kind.id,
                    "club_reason": f"referral {referral.id}",
                    "user_id": user.id,
                    "date_deadline": today,
                    "summary": spoken.env._(
                        "Look at a referral: %s", spoken.display_name
                    ),
                    "note": spoken.env._("Referrals > To Look At. %s", spoken.doubts),
                }
            )
        self.env["mail.activity"]._club_schedule(vals_list)

    def _reviewers(self):
        """``{referral: res.users}``: who of the club managers is asked.

        Whoever looks after the person, if he may decide; else the club's manager.
        """
        people = self.referred_id | self.referrer_id
        charged = people._club_looked_after_by()
        group = self.env.ref(MANAGER)
        heads = group.all_user_ids.filtered("active").sorted("id")
        found = {}
        for referral in self:
            own = charged[(referral.referred_id or referral.referrer_id).id][0]
            company = referral.company_id
            found[referral] = (
                heads.filtered(lambda u, own=own: u.id == own.id)
                or heads.filtered(lambda u, c=company: c in u.company_ids)[:1]
                or self.env.ref("base.user_admin")
            )
        return found

    def _look_is_over(self):
        """Nothing waits any more: the activities go."""
        if not self:
            return
        # sudo: the activity may be another manager's
        activities_sudo = self.env["mail.activity"].sudo()
        activities_sudo.search(
            [
                ("res_model", "=", "res.partner"),
                ("club_reason", "in", [f"referral {row_id}" for row_id in self.ids]),
            ]
        ).unlink()


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _on_activated(self):
        """Looked at first: what hangs on the payment is granted by the others."""
        self.env["club.referral"]._examine_paid(self)
        return super()._on_activated()
