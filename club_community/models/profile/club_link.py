from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date


class ClubLinkKind(models.Model):
    """What a person or a company is to another: owner, advisor, family ... (S4.11)."""

    _name = "club.link.kind"
    _description = "Kind of Link"
    _order = "sequence, name, id"

    name = fields.Char(
        string="From Here",
        required=True,
        translate=True,
        help="As it is said of the first: “is owner of”.",
    )
    reverse_name = fields.Char(
        string="From There",
        translate=True,
        help="As it is said of the second: “is owned by”. Empty: the same words.",
    )
    is_mutual = fields.Boolean(
        string="The Same Both Ways",
        help="Family or friends: which of the two stands first means nothing.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    def _words(self, is_reverse):
        """What is said of one side.

        :param is_reverse: of the second and not of the first
        """
        self.ensure_one()
        return (is_reverse and self.reverse_name) or self.name or ""

    def write(self, vals):
        """A kind in use stays mutual or not: its links would mean another thing."""
        if "is_mutual" in vals:
            changed = self.filtered(lambda k: k.is_mutual != bool(vals["is_mutual"]))
            # sudo: links of other companies count as well
            links_sudo = self.env["club.link"].sudo().with_context(active_test=False)
            if changed and links_sudo.search_count(
                [("kind_id", "in", changed.ids)], limit=1
            ):
                raise ValidationError(
                    self.env._(
                        "Links of this kind exist already. Make a new kind and archive "
                        "this one."
                    )
                )
        return super().write(vals)


class ClubLink(models.Model):
    """Somebody, or a company, is something to another one (S4.11).

    Both directions are one row; ``club_link_html`` of the person says it from his
    side. What is over has an end or is archived, so that it is not lost. The
    database has a live link once, a mutual one from whichever side.
    """

    _name = "club.link"
    _description = "Link between People and Companies"
    _order = "from_id, kind_id, id"

    from_id = fields.Many2one(
        "res.partner", string="Who", required=True, index=True, ondelete="cascade"
    )
    kind_id = fields.Many2one(
        "club.link.kind", string="Is", required=True, index=True, ondelete="restrict"
    )
    to_id = fields.Many2one(
        "res.partner",
        string="Whose, or To Whom",
        required=True,
        index=True,
        ondelete="cascade",
    )
    is_mutual = fields.Boolean(related="kind_id.is_mutual", store=True)
    date_from = fields.Date(string="Since")
    date_to = fields.Date(string="Until")
    note = fields.Char()
    source = fields.Char(
        string="Who Said So",
        help="From whom the club knows it: the member himself, a register, a "
        "newspaper.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        index="btree_not_null",
    )
    active = fields.Boolean(default=True)

    _not_to_oneself = models.Constraint(
        "CHECK(from_id <> to_id)", "Nobody is linked to himself."
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_to >= date_from)", "A link cannot end before it begins."
    )
    _link_uniq = models.UniqueIndex(
        "(from_id, to_id, kind_id) WHERE active", "This link is there already."
    )
    _mutual_link_uniq = models.UniqueIndex(
        "(LEAST(from_id, to_id), GREATEST(from_id, to_id), kind_id) "
        "WHERE active AND is_mutual",
        "This link is there already, from the other side.",
    )

    @api.depends("from_id.company_id", "to_id.company_id")
    def _compute_company_id(self):
        for link in self:
            link.company_id = link.from_id.company_id or link.to_id.company_id

    @api.depends("from_id", "to_id", "kind_id")
    def _compute_display_name(self):
        for link in self:
            link.display_name = " ".join(
                filter(
                    None,
                    (link.from_id.name, link.kind_id._words(False), link.to_id.name),
                )
                if link.kind_id
                else ()
            )

    @api.constrains("from_id", "to_id")
    def _check_companies(self):
        for link in self:
            # sudo: the reader need not see every company
            companies = (link.sudo().from_id | link.sudo().to_id).company_id
            if len(companies) > 1:
                raise ValidationError(
                    self.env._(
                        "“%(one)s” and “%(other)s” are contacts of two different "
                        "companies, so they cannot be linked.",
                        one=link.from_id.display_name,
                        other=link.to_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.flush_model(["active"])  # one that was archived a moment ago
        links = super().create(vals_list)
        links._look_for_watched()
        return links

    def write(self, vals):
        looked_for = vals.keys() & {"from_id", "to_id", "active", "date_to"}
        ends = looked_for and (self.from_id | self.to_id)
        res = super().write(vals)
        if looked_for:
            self._look_for_watched(ends)
        return res

    def unlink(self):
        ends = self.from_id | self.to_id
        res = super().unlink()
        self._look_for_watched(ends)
        return res

    def _look_for_watched(self, also=()):
        """A link may lead to a dream account, and one that is gone no longer does."""
        people = self.exists().mapped("from_id") | self.exists().mapped("to_id")
        for other in also:
            people |= other
        people._club_look_for_watched(is_far=True)

    def _said_of(self, partner):
        """This link in words from the side of one of the two, as HTML.

        :param partner: a ``res.partner``
        """
        self.ensure_one()
        is_reverse = partner != self.from_id
        other = self.from_id if is_reverse else self.to_id
        said = Markup('%s <a href="/odoo/res.partner/%s">%s</a>') % (
            self.kind_id._words(is_reverse),
            other.id,
            other.name or "",
        )
        times = {
            (True, False): self.env._("since %(start)s"),
            (False, True): self.env._("until %(end)s"),
            (True, True): self.env._("from %(start)s to %(end)s"),
        }.get((bool(self.date_from), bool(self.date_to)), "")
        details = [
            times
            % {
                "start": format_date(self.env, self.date_from),
                "end": format_date(self.env, self.date_to),
            },
            self.note,
        ]
        if details := ", ".join(filter(None, details)):
            said += Markup(' <span class="text-muted">(%s)</span>') % details
        return said

    def _ends(self):
        return self.from_id | self.to_id
