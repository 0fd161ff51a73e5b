from odoo import api, fields, models
from odoo.exceptions import UserError


class ClubPlanChapter(models.Model):
    """Places of a plan that are for the people of one city (S2.03).

    They are the plan's rows of ``club.place`` that bear the city, beside the common
    ones, with a queue of their own. Two who want the last place of a city are kept
    apart as everywhere: each takes a free row (``FOR UPDATE SKIP LOCKED``), and the
    city only narrows which rows are looked at. Nothing is counted here.
    """

    _name = "club.plan.chapter"
    _description = "Places of a Plan by City"
    _order = "plan_id, chapter_id"
    _rec_name = "chapter_id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        "club.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, index="btree_not_null"
    )
    chapter_id = fields.Many2one(
        "club.chapter",
        string="City",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    places = fields.Integer(required=True, default=1)
    taken = fields.Integer(string="Places Taken", compute="_compute_taken")

    _one_per_chapter = models.UniqueIndex(
        "(plan_id, chapter_id)", "This city has a number of places already."
    )
    _places_positive = models.Constraint(
        "CHECK(places > 0)",
        "A city has one place at least. Remove the line to put it with all others.",
    )

    @api.depends("plan_id.place_ids.partner_id")
    def _compute_taken(self):
        # sudo: the numbers are for every personal manager, the names are not
        taken = {
            (plan, chapter): count
            for plan, chapter, count in self.env["club.place"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.plan_id.ids), ("partner_id", "!=", False)],
                ["plan_id", "chapter_id"],
                ["__count"],
            )
        }
        for line in self.sudo():
            line.taken = taken.get((line.plan_id, line.chapter_id), 0)

    @api.model_create_multi
    def create(self, vals_list):
        """Members of the city who have a common place are counted in their city."""
        lines = super().create(vals_list)
        lines._move_places(to_city=True)
        lines.plan_id._make_places()
        return lines

    def write(self, vals):
        """Raise or lower the number.

        :raise UserError: another city: remove the line and add one
        """
        if any(
            self[name].ids != [vals[name]]
            for name in ("plan_id", "chapter_id")
            if name in vals
        ):
            raise UserError(
                self.env._("Remove the line, and add one for the other city.")
            )
        res = super().write(vals)
        if "places" in vals:
            self.plan_id._make_places()
        return res

    def unlink(self):
        """Free places of the city go; who holds one is counted with all others."""
        plans = self.plan_id
        self._move_places(to_city=False)
        res = super().unlink()
        plans._make_places()
        return res

    def _move_places(self, to_city):
        """Between the city and the common places; free rows follow the numbers."""
        # sudo: rows are changed by these steps alone
        Place = self.env["club.place"].sudo()
        for line in self:
            here = line.chapter_id.id
            places = Place.search(
                [
                    ("plan_id", "=", line.plan_id.id),
                    ("chapter_id", "=", False if to_city else here),
                ]
            )
            if to_city:
                places = places.filtered(
                    lambda p, here=here: p.partner_id.club_chapter_id.id == here
                )
            else:
                places.filtered(lambda place: not place.partner_id).unlink()
            places.exists().chapter_id = here if to_city else False


class ClubPlace(models.Model):
    _inherit = "club.place"

    chapter_id = fields.Many2one(
        "club.chapter",
        string="City",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: a common place, for whoever has no city with a number of its own.",
    )


class ClubWaiting(models.Model):
    _inherit = "club.waiting"

    chapter_id = fields.Many2one(
        related="partner_id.club_chapter_id",
        string="City",
        store=True,
        index="btree_not_null",
    )


class ClubPlan(models.Model):
    """Places are divided by city: the pool of a person is that of his city."""

    _inherit = "club.plan"

    chapter_place_ids = fields.One2many(
        "club.plan.chapter",
        "plan_id",
        string="Places by City",
        copy=True,
        groups="club_community.group_club_user",
    )

    @api.depends("chapter_place_ids")
    def _compute_is_limited(self):
        res = super()._compute_is_limited()
        for plan in self:
            plan.is_limited |= bool(plan.chapter_place_ids)
        return res

    def _place_pool(self, partner):
        """The city's places where it has a number of its own, else the common ones.

        His city of today decides: whoever moves waits in the other queue, by the day
        on which he asked; the place that he has he keeps.
        """
        # sudo: buyers have no rights on cities
        chapter_sudo = partner.sudo().club_chapter_id
        of_city = chapter_sudo in self.sudo().chapter_place_ids.chapter_id
        return (("chapter_id", "=", chapter_sudo.id if of_city else False),)

    def _place_pools(self):
        """The common places, and those of each city."""
        # sudo: buyers have no rights on cities
        lines_sudo = self.sudo().chapter_place_ids
        return {
            (("chapter_id", "=", False),): self.capacity,
            **{(("chapter_id", "=", x.chapter_id.id),): x.places for x in lines_sudo},
        }

    def _full_sentence(self, partner):
        pool = self._place_pool(partner)
        # sudo: buyers have no rights on cities
        cities_sudo = self.sudo().chapter_place_ids.chapter_id
        city_sudo = cities_sudo.filtered_domain([("id", "=", pool[0][2])])
        if city_sudo:
            return self.env._(
                "All %(count)s places of “%(plan)s” for %(city)s are taken or "
                "promised, so nothing was charged. Join the waiting list, and a place "
                "will be offered.",
                count=self._place_pools()[pool],
                plan=self.name,
                city=city_sudo.name,
            )
        if cities_sudo and not self.capacity:
            return self.env._(
                "“%(plan)s” has places in these cities only: %(cities)s. "
                "Nothing was charged.",
                plan=self.name,
                cities=", ".join(cities_sudo.mapped("name")),
            )
        return super()._full_sentence(partner)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """Whoever moves stands in another queue, where a place may be free."""
        res = super().write(vals)
        if "club_chapter_id" in vals:
            # sudo: whoever writes a person need not have rights on the queue
            waiting_sudo = self.env["club.waiting"].sudo()
            waiting_sudo.search(
                [("partner_id", "in", self.ids), ("state", "=", "waiting")]
            ).plan_id._call_next()
        return res
