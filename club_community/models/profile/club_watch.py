from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import likeness_of_names as likeness

# What is compared; the rest of an entry are words for people.
COMPARED = frozenset({"name", "other_names", "vats", "domains", "company_id", "active"})


class ClubWatch(models.Model):
    """A dream account (S4.11): a company that the club's owner would love to have as
    a client, and which may stand in the closet already, as somebody's firm.

    Compared with names, tax numbers and domains of what the club's people own or work
    for, see club_watch_find.py.
    """

    _name = "club.watch"
    _description = "Dream Account"
    _order = "name, id"

    name = fields.Char(
        string="Brand",
        required=True,
        help="As people know it. Legal forms, quotation marks, small typing errors "
        "and another alphabet do not matter.",
    )
    other_names = fields.Text(
        help="One on each line: the legal name, a former name, its brands.",
    )
    vats = fields.Text(string="Tax Numbers", help="One on each line.")
    domains = fields.Text(
        string="E-mail Domains",
        help="One on each line, as sever.ru. Addresses below it count too.",
    )
    why = fields.Text(string="Why It Matters")
    user_id = fields.Many2one(
        "res.users",
        string="Who Is Told",
        ondelete="set null",
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="Empty: whoever looks after the person.",
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")
    active = fields.Boolean(default=True)
    hit_ids = fields.One2many("club.watch.hit", "watch_id", string="Found")
    hit_count = fields.Integer(string="Found Cards", compute="_compute_hit_count")

    _name_uniq = models.UniqueIndex(
        "(lower(name), COALESCE(company_id, 0)) WHERE active",
        "This brand is on the watch-list already.",
    )

    @api.depends("hit_ids.state")
    def _compute_hit_count(self):
        counted = self.env["club.watch.hit"]._read_group(
            [("watch_id", "in", self.ids), ("state", "!=", "wrong")],
            ["watch_id"],
            ["__count"],
        )
        counts = dict(counted)
        for watch in self:
            watch.hit_count = counts.get(watch, 0)

    # --- Lines ----------------------------------------------------------------------

    def _names(self):
        """All spellings, the brand first."""
        self.ensure_one()
        return [self.name, *_lines(self.other_names)]

    @api.constrains("name", "other_names")
    def _check_names(self):
        for watch in self:
            for name in watch._names():
                folded = likeness.fold_firm(name).replace(" ", "")
                if len(folded) < 2 or folded in likeness.FORMS:
                    raise ValidationError(
                        self.env._(
                            "“%(name)s” is too short to be found by. Write the name "
                            "in full.",
                            name=name,
                        )
                    )

    @api.constrains("vats")
    def _check_vats(self):
        for watch in self:
            for vat in _lines(watch.vats):
                if not likeness.fold_vat(vat):
                    raise ValidationError(
                        self.env._(
                            "“%(number)s” is no tax number: it needs six digits or "
                            "more.",
                            number=vat,
                        )
                    )

    @api.constrains("domains")
    def _check_domains(self):
        for watch in self:
            for domain in _lines(watch.domains):
                if not likeness.domain_of(domain):
                    raise ValidationError(
                        self.env._(
                            "“%(domain)s” is no domain. Write it as sever.ru.",
                            domain=domain,
                        )
                    )
                if not likeness.own_domain(domain):
                    raise ValidationError(
                        self.env._(
                            "Anybody can have a mailbox at %(domain)s, so it says "
                            "nothing about a company.",
                            domain=domain,
                        )
                    )

    # --- CRUD -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        self.env.registry.clear_cache()
        entries._look_everywhere()
        return entries

    def write(self, vals):
        res = super().write(vals)
        if COMPARED & vals.keys():
            self.env.registry.clear_cache()
            self._look_everywhere()
        return res

    def unlink(self):
        """An entry takes its finds along, and the tasks that came of them."""
        self.hit_ids._cancel_activities()
        res = super().unlink()
        self.env.registry.clear_cache()
        return res

    def action_view_hits(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_watch_hit_action"
        )
        action["domain"] = [("watch_id", "=", self.id)]
        action["context"] = {}
        return action


class ClubWatchHit(models.Model):
    """Somebody of the club who belongs to a dream account, it seems: and why.

    One row per entry, person and company (or the person's own card, where his e-mail
    or what he wrote as his company says it). Once somebody has decided it stays.
    """

    _name = "club.watch.hit"
    _description = "Dream Account Found"
    _order = "id desc"

    watch_id = fields.Many2one(
        "club.watch",
        string="Dream Account",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    firm_id = fields.Many2one(
        "res.partner",
        string="Found In",
        required=True,
        index=True,
        ondelete="cascade",
        help="The card that is like the dream account: a company, or the person's own.",
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")
    ground = fields.Selection(
        [
            ("vat", "Tax number"),
            ("domain", "Domain"),
            ("name", "Name"),
            ("domain_name", "Name in a domain"),
        ],
        string="Found By",
        required=True,
    )
    found = fields.Char(string="What Was Found", required=True)
    word = fields.Char(string="Looks Like", required=True)
    likeness = fields.Float(string="How Like", aggregator=None)
    # from the person to the company: [[kind of link or 0, its other side?, card]]
    path = fields.Json()
    steps = fields.Integer(help="Links between the person and the company.")
    reason = fields.Char(compute="_compute_reason")
    state = fields.Selection(
        [("open", "To decide"), ("confirmed", "Confirmed"), ("wrong", "Wrong")],
        required=True,
        default="open",
        index=True,
    )
    note = fields.Char()
    activity_id = fields.Many2one(
        "mail.activity", string="Task", readonly=True, ondelete="set null"
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    decided_on = fields.Datetime(readonly=True)

    _hit_uniq = models.Constraint(
        "UNIQUE(watch_id, partner_id, firm_id)", "This was found already."
    )

    @api.depends("watch_id", "partner_id")
    def _compute_display_name(self):
        for hit in self:
            hit.display_name = f"{hit.watch_id.name} / {hit.partner_id.name}"

    @api.depends("ground", "found", "word", "likeness", "path", "partner_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        """In words, in the reader's language."""
        ids = {card for hit in self for _kind, _back, card in hit.path or ()}
        kinds = {kind for hit in self for kind, _back, _card in hit.path or ()} - {0}
        # some of them may be deleted by now; sudo: a name on the way, no more
        cards = self.env["res.partner"].sudo().browse(ids).exists()
        kinds = self.env["club.link.kind"].sudo().browse(kinds).exists()
        names = {card.id: card.name or "" for card in cards}
        for hit in self:
            said = hit._said()
            if hit._has_way_to_tell():
                way = "; ".join(
                    " ".join(
                        (
                            kinds.browse(kind)._words(back)
                            if kind in kinds._ids
                            else self.env._("works at"),
                            names.get(card, "…"),
                        )
                    )
                    for kind, back, card in hit.path
                )
                said = self.env._("%(said)s (%(way)s)", said=said, way=way)
            hit.reason = said

    def _has_way_to_tell(self):
        """Whether there is more to it than working where the name is found."""
        works_there = [[0, False, self.firm_id.id]]
        return self.path and not (self.ground == "name" and self.path == works_there)

    def _said(self):
        self.ensure_one()
        values = {
            "found": self.found,
            "person": self.partner_id.name or "",
            "brand": self.word,
            "likeness": self.likeness,
        }
        if self.ground == "vat":
            return self.env._(
                "%(person)s: tax number %(found)s is that of “%(brand)s”", **values
            )
        if self.ground == "domain":
            return self.env._(
                "%(person)s: the domain %(found)s is that of “%(brand)s”", **values
            )
        if self.ground == "domain_name":
            return self.env._(
                "%(person)s: the domain %(found)s looks like “%(brand)s”: "
                "%(likeness).2f",
                **values,
            )
        return self.env._(
            "%(found)s of %(person)s looks like “%(brand)s”: %(likeness).2f", **values
        )

    # --- Steps ----------------------------------------------------------------------

    def action_confirm(self):
        """He does belong to the dream account; the task is done."""
        self._decide("confirmed", self.env._("Confirmed."))

    def action_wrong(self):
        """Only the names are alike; it is never offered again, and the task goes."""
        self._decide("wrong", self.env._("Only the names are alike."))

    def action_reopen(self):
        """Ask again."""
        self._decide("open")

    def _decide(self, state, feedback=False):
        """Note the decision, and end the task with it.

        :raise UserError: it is decided that way already
        :raise AccessError: for others than club managers
        """
        self.check_access("write")
        if any(hit.state == state for hit in self):
            raise UserError(self.env._("This is decided already. Reload the list."))
        # sudo: facts of a decision are written by its steps alone
        hits_sudo = self.sudo()
        hits_sudo.write(
            {
                "state": state,
                "decided_by_id": state != "open" and self.env.uid,
                "decided_on": state != "open" and fields.Datetime.now(),
            }
        )
        if feedback:
            hits_sudo.activity_id.filtered("active").action_feedback(feedback=feedback)

    def _cancel_activities(self):
        """Nobody needs to act on what is no longer so."""
        # sudo: the task is another one's
        self.sudo().activity_id.filtered("active").unlink()

    def write(self, vals):
        """By hand only the words: the rest is found, or decided by a step."""
        if not self.env.su and vals.keys() - {"note"}:
            raise AccessError(
                self.env._("Only the note of a find can be written by hand.")
            )
        return super().write(vals)


def _lines(text):
    """The lines of a text field that say something."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
