import secrets
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools import period

CLUB_USER = "club_community.group_club_user"

CLUB_STATES = [
    ("draft", "Quotation"),
    ("waiting", "Awaiting payment"),
    ("upcoming", "Paid, starts later"),
    ("active", "Member"),
    ("grace", "Grace period"),
    ("paused", "Paused"),
    ("former", "Former member"),
]

# States of the person in which the plan's level and member prices are his.
STATES_WITH_LEVEL = ("active", "grace")

# What nobody types: it follows from the memberships. The number is not among them,
# since a club may bring its members' old numbers along.
DERIVED = frozenset(
    {
        "club_membership_id",
        "club_plan_id",
        "club_state",
        "club_valid_until",
        "club_joined",
        "club_since",
    }
)

# Which period stands for the person, first wins: what he has now, then what he has
# paid for, then what he owes, then what he had, then what he was offered.
_PRECEDENCE = (
    "active",
    "grace",
    "paused",
    "upcoming",
    "waiting",
    "expired",
    "draft",
)


class ResPartner(models.Model):
    """The small projection of memberships on the person, for lists and rules.

    Everything follows from ``club.membership``; nothing is typed here. All columns
    carry the club's group: other employees neither see nor load them.
    """

    _inherit = "res.partner"

    club_membership_ids = fields.One2many(
        "club.membership", "partner_id", string="Memberships", groups=CLUB_USER
    )
    club_membership_id = fields.Many2one(
        "club.membership",
        string="Current Membership",
        compute="_compute_club_membership",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        groups=CLUB_USER,
    )
    club_plan_id = fields.Many2one(
        "club.plan",
        string="Plan",
        compute="_compute_club_membership",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=CLUB_USER,
    )
    club_state = fields.Selection(
        CLUB_STATES,
        string="Membership",
        compute="_compute_club_membership",
        store=True,
        index="btree_not_null",
        groups=CLUB_USER,
    )
    club_valid_until = fields.Date(
        string="Valid Until",
        compute="_compute_club_membership",
        store=True,
        index="btree_not_null",
        help="Last day paid for, renewals that are paid already included. "
        "Empty for a member for life.",
        groups=CLUB_USER,
    )
    club_joined = fields.Date(
        string="Joined",
        compute="_compute_club_membership",
        store=True,
        help="First day of the first paid period. It never changes.",
        groups=CLUB_USER,
    )
    club_since = fields.Date(
        string="Member Since",
        compute="_compute_club_membership",
        store=True,
        help="Start of the present membership without a gap.",
        groups=CLUB_USER,
    )
    club_number = fields.Char(
        string="Member Number",
        compute="_compute_club_number",
        store=True,
        copy=False,
        help="Given with the first paid period; it stays the person's for ever.",
        groups=CLUB_USER,
    )
    club_card_token = fields.Char(
        string="Card Token",
        compute="_compute_club_number",
        store=True,
        copy=False,
        help="Secret behind the QR code on the member's card.",
        groups="base.group_system",
    )
    # Stock `partnership` has this as a plain field that its orders write, on the
    # whole company and before any payment. Computed, it follows the paid period of
    # this person alone, and people outside the club keep what is set by hand.
    grade_id = fields.Many2one(compute="_compute_grade_id", store=True, readonly=False)

    _club_number_uniq = models.UniqueIndex(
        "(club_number) WHERE club_number IS NOT NULL",
        "Another person has this member number already.",
    )
    _club_card_token_uniq = models.UniqueIndex(
        "(club_card_token) WHERE club_card_token IS NOT NULL",
        "Another person has this card already.",
    )

    @api.depends(
        "club_membership_ids.state",
        "club_membership_ids.plan_id",
        "club_membership_ids.date_start",
        "club_membership_ids.date_end",
    )
    def _compute_club_membership(self):
        # sudo: the memberships of every company count, whoever triggers this
        for partner in self.sudo():
            memberships = partner.club_membership_ids
            current = _current_membership(memberships)
            paid = memberships.filtered(lambda m: m.state in period.PAID_STATES)
            spans = [(m.date_start, m.date_end) for m in paid]
            state = current.state
            partner.club_membership_id = current
            partner.club_plan_id = current.plan_id
            partner.club_state = "former" if state == "expired" else state
            ends = [end for _start, end in spans]
            partner.club_valid_until = all(ends) and max(ends, default=None)
            partner.club_joined = min((start for start, _end in spans), default=None)
            partner.club_since = period.unbroken_since(spans)

    @api.depends("club_joined")
    def _compute_club_number(self):
        partners = self.sudo()  # sudo: the token is for the system alone
        newcomers = partners.filtered(lambda p: p.club_joined and not p.club_number)
        numbers = dict(zip(newcomers, newcomers._club_next_numbers(), strict=True))
        for partner in partners:
            partner.club_number = numbers.get(partner, partner.club_number)
            token = partner.club_card_token
            if partner.club_joined and not token:
                token = secrets.token_urlsafe(24)
            partner.club_card_token = token

    @api.depends("club_state", "club_plan_id.grade_id")
    def _compute_grade_id(self):
        """The level of what is live; a level that a fee gave goes with that fee.

        A refunded person has no plan any more, so what he paid for is looked at.
        """
        for partner in self:
            partner_sudo = partner.sudo()
            if partner.is_company:  # its people have the level
                partner.grade_id = partner.grade_id
                continue
            paid = partner_sudo.club_membership_ids.filtered("date_start")
            live = paid.filtered(lambda m: m.state in STATES_WITH_LEVEL)
            level = (partner_sudo.club_membership_id & live).plan_id.grade_id
            level = level or live.plan_id.grade_id[:1]
            if not level and partner.grade_id not in paid.plan_id.grade_id:
                level = partner.grade_id  # set by hand, outside the club
            partner.grade_id = level

    @api.depends("grade_id", "club_state")
    def _compute_product_pricelist(self):
        return super()._compute_product_pricelist()

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {
            name.removeprefix("default_")
            for name in self.env.context
            if name.startswith("default_club_")
        }
        self._club_check_derived(defaults.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._club_check_derived(vals.keys())
        return super().write(vals)

    def _club_take(self):
        """Lock these people's rows so that a second transaction cannot go on unaware.

        A lock alone would not do: the second would get it after the first has
        committed and still see the past. A new version of the row makes it fail to
        serialise, and Odoo runs it again.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET write_date = write_date WHERE id = ANY(%s)",
                self.ids,
            )
        )

    def action_club_sell(self):
        """Open “Sell membership” for this person."""
        self.ensure_one()
        for_company = self.env["club.plan"].search_count(
            [("for_company", "=", True)], limit=1
        )
        if not (self.is_company and for_company):
            self.env["club.membership"]._check_member(self)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_membership_sell_action"
        )
        action["context"] = {"default_partner_id": self.id}
        return action

    def action_view_club_memberships(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_membership_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action

    @api.model
    def _club_count_members(self, name, records):
        """How many members (grace included) point to each of some records.

        :param name: many2one field of the person, as ``club_plan_id``
        :return: ``{record: count}``, records without members left out
        """
        domain = [
            (name, "in", records.ids),
            ("club_state", "in", STATES_WITH_LEVEL),
            ("is_company", "=", False),  # holds a contract, its people are members
        ]
        return dict(self._read_group(domain, [name], ["__count"]))

    def _club_check_derived(self, names):
        """Refuse to type what the memberships say: "readonly" binds forms only.

        :param names: set of the fields that somebody wants to write
        :raise AccessError: one of them follows from the memberships
        """
        if self.env.su:
            return
        for name in DERIVED & names:
            raise AccessError(
                self.env._(
                    "“%(field)s” follows from the person's memberships, so it cannot "
                    "be changed by hand.",
                    field=self._fields[name]._description_string(self.env),
                )
            )

    def _club_next_numbers(self):
        """One new member number per person; numbers in use already are passed over.

        Some may have come with an import, or before the sequence was changed.
        """
        numbers = []
        while missing := len(self) - len(numbers):
            drawn = self._club_draw_numbers(missing)
            taken = self.env.execute_query(
                SQL(
                    "SELECT club_number FROM res_partner WHERE club_number = ANY(%s)",
                    drawn,
                )
            )
            in_use = {number for (number,) in taken}
            numbers += [number for number in drawn if number not in in_use]
        return numbers

    @api.model
    def _club_draw_numbers(self, count):
        """So many numbers from the club's sequence, in one query where it can."""
        # sudo: whoever records a payment has no rights on sequences
        sequence = self.env.ref("club_community.sequence_club_number").sudo()
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        prefix, suffix = sequence._get_prefix_suffix()
        return [f"{prefix}{n:0{sequence.padding}d}{suffix}" for (n,) in rows]


def _current_membership(memberships):
    """The period that stands for a person, see ``_PRECEDENCE``; the latest of equals.

    :param memberships: all ``club.membership`` of one person
    """
    by_state = memberships.grouped("state")
    for state in _PRECEDENCE:
        if found := by_state.get(state):
            return max(found, key=lambda m: (_last_day(m), m._origin.id))
    return memberships.browse()


def _last_day(membership):
    """For sorting: what is for life ends last, what never started ends first."""
    return membership.date_end or (membership.date_start and date.max) or date.min
