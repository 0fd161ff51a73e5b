from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

MANAGER = "club_community.group_club_manager"


class ClubDuplicate(models.Model):
    """Two cards that are likely one person's (S4.11): one card, one person.

    Pairs are found by ``_find`` (club_duplicate_find.py): nightly, and by the button
    on a person. What somebody has decided stays: who are two people are never offered
    again. The database has a pair once, whoever finds it and from whichever side.
    """

    _name = "club.duplicate"
    _description = "Possible Duplicate"
    _order = "strength desc, id"

    # The lower id stands first. Merged, the card that is gone is empty.
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "res.partner",
        string="Looks Like",
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("different", "Not the same"),
            ("merged", "Merged"),
        ],
        required=True,
        default="open",
        index=True,
    )
    strength = fields.Float(
        string="How Sure",
        aggregator=None,
        help="100% is as good as certain. A shared e-mail or phone under other names "
        "may be a family's.",
    )
    same_email = fields.Boolean()
    same_phone = fields.Boolean()
    same_birthday = fields.Boolean()
    names_alike = fields.Float(aggregator=None)
    reason = fields.Char(compute="_compute_reason")
    merge_obstacle = fields.Char(compute="_compute_merge_obstacle")
    why = fields.Char(string="Why Not the Same")
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    decided_on = fields.Datetime(readonly=True)

    _in_order = models.Constraint(
        "CHECK(partner_id < other_id)", "Of a pair, the older card stands first."
    )
    _pair_uniq = models.Constraint(
        "UNIQUE(partner_id, other_id)", "This pair is in the list already."
    )

    @api.depends("partner_id", "other_id")
    def _compute_display_name(self):
        for pair in self:
            names = (pair.partner_id.name, pair.other_id.name)
            pair.display_name = " / ".join(filter(None, names))

    @api.depends("same_email", "same_phone", "same_birthday", "names_alike")
    @api.depends_context("lang")
    def _compute_reason(self):
        """In words, in the reader's language, from the facts as they are today."""
        for pair in self:
            pair.reason = "; ".join(pair._reasons())

    def _reasons(self):
        self.ensure_one()
        person = self.partner_id
        reasons = []
        if self.same_email:
            reasons.append(
                self.env._("same e-mail %(email)s", email=person.email_normalized or "")
            )
        if self.same_phone:
            reasons.append(
                self.env._("same phone %(phone)s", phone=person.phone_sanitized or "")
            )
        if self.same_birthday:
            reasons.append(self.env._("same birthday"))
        if self.names_alike == 1:
            reasons.append(self.env._("same name"))
        elif self.names_alike:
            reasons.append(
                self.env._("names alike (%(likeness).2f)", likeness=self.names_alike)
            )
        else:
            reasons.append(self.env._("other names: perhaps a family's or an office's"))
        return reasons

    @api.depends("partner_id.email", "other_id.email")
    @api.depends_context("uid")
    def _compute_merge_obstacle(self):
        """What stock would say only after the button (``_merge``)."""
        for pair in self:
            people = pair.partner_id | pair.other_id
            # sudo: a club manager need not see users
            logins = people.sudo().with_context(active_test=False).user_ids
            pair.merge_obstacle = False
            if len(logins) > 1:
                pair.merge_obstacle = self.env._(
                    "Both have a login, and Odoo cannot merge these. Ask the person "
                    "which one stays; an administrator removes the other."
                )
            elif len(set(people.mapped("email"))) > 1 and not self.env.is_admin():
                pair.merge_obstacle = self.env._(
                    "Their e-mails differ, and only an administrator may merge such "
                    "cards. Write the right e-mail on both first, or ask the "
                    "administrator."
                )

    # --- Steps ----------------------------------------------------------------------

    def action_merge(self):
        """Open stock's “Merge Contacts” with both cards in it.

        :raise UserError: the pair is decided already
        """
        self.ensure_one()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge into one card"),
            "res_model": "base.partner.merge.automatic.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "active_model": "res.partner",
                "active_ids": (self.partner_id | self.other_id).ids,
            },
        }

    def action_ask_why(self):
        """Open the question why these are two people."""
        self.ensure_one()
        self._check_open()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_duplicate_action_different"
        )
        return dict(action, res_id=self.id)

    def action_different(self):
        """These are two people: they are never offered again.

        :raise UserError: without a reason, or the pair is decided already
        :raise AccessError: for others than club managers
        """
        self.check_access("write")
        self._check_open()
        for pair in self:
            if not (pair.why or "").strip():
                raise UserError(
                    self.env._("Say in a few words how you know that they are two.")
                )
        self._decide("different")

    def action_reopen(self):
        """Ask again about people who were said to be two."""
        self.filtered(lambda pair: pair.state == "different")._decide("open")

    def _decide(self, state):
        self.check_access("write")
        # sudo: facts of a decision are written by its steps alone
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": state != "open" and self.env.uid,
                "decided_on": state != "open" and fields.Datetime.now(),
            }
        )

    def _check_open(self):
        if any(pair.state != "open" for pair in self):
            raise UserError(
                self.env._("This pair is decided already. Reload the list.")
            )

    def write(self, vals):
        """By hand only the words: the rest is found, or decided by a step."""
        if not self.env.su and vals.keys() - {"why"}:
            raise AccessError(
                self.env._("Only “Why Not the Same” of a pair can be written by hand.")
            )
        return super().write(vals)
