from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# So many people a newcomer meets in his first thirty days (S4.03).
WANTED = 3


class ClubIntroduction(models.Model):
    """Two people whom the club brings together: who, whom, why, and whether they met.

    Nobody who does not want to be shown is proposed. What each sees of the other in the
    portal is what the other has agreed to (``_for_member``).
    """

    _name = "club.introduction"
    _description = "Introduction of Two People"
    _order = "id desc"
    _rec_name = "other_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Who",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    other_id = fields.Many2one(
        "res.partner",
        string="To Whom",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    reason = fields.Char(
        string="What Brings Them Together",
        help="The club's people see it. Members see only what both have in common.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Proposed By",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        default=lambda self: self.env.user,
    )
    date = fields.Datetime(
        string="Proposed On", readonly=True, default=fields.Datetime.now
    )
    met_on = fields.Date()

    _two_people = models.Constraint(
        "CHECK(partner_id <> other_id)", "Nobody is introduced to himself."
    )
    _once = models.UniqueIndex(
        "(LEAST(partner_id, other_id), GREATEST(partner_id, other_id))",
        "These two have been introduced already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: somebody of them does not want to be shown to members"""
        rows = super().create(vals_list)
        rows._check_may_be_shown()
        rows._look()
        return rows

    def write(self, vals):
        res = super().write(vals)
        if {"partner_id", "other_id"} & vals.keys():
            self._check_may_be_shown()
        self._look()
        return res

    def unlink(self):
        people = self.partner_id | self.other_id
        res = super().unlink()
        people._club_journey_now()
        return res

    def _look(self):
        (self.partner_id | self.other_id)._club_journey_now()

    def _check_may_be_shown(self):
        # sudo: whoever introduces two people need not see all their answers
        people = (self.partner_id | self.other_id).sudo()
        purpose = self.env["club.consent.purpose"]._get("directory")
        answers = people._club_consents(purpose)
        for person in people:
            answer = answers.get((person.id, purpose.id))
            if person.is_company:
                raise UserError(
                    self.env._("“%(name)s” is a company.", name=person.name)
                )
            if answer and answer.answer == "refused":
                raise UserError(
                    self.env._(
                        "%(name)s does not want to be shown to other members, so "
                        "nobody is introduced to him. Ask him first.",
                        name=person.name,
                    )
                )

    # --- Proposed by likeness -------------------------------------------------------

    @api.model
    def _propose(self, person, wanted=WANTED):
        """Propose people like this one until there are as many as wanted.

        :return: the new rows; none where nobody is left
        """
        known = person._club_introductions()
        missing = wanted - len(known)
        if missing <= 0:
            return self.browse()
        met = known.partner_id | known.other_id
        like = person._club_people_like(limit=wanted + len(met) + 5)
        rows = [
            {
                "partner_id": person.id,
                "other_id": found["partner"].id,
                "reason": "; ".join(found["reasons"]),
            }
            for found in like
            if found["partner"] not in met
        ]
        return self.create(rows[:missing])

    # --- For the two ----------------------------------------------------------------

    @api.model
    def _for_member(self, person):
        """What one of the two sees in his portal.

        The other's name only where he has agreed to be shown to members; never his
        phone or e-mail.

        :param person: the ``res.partner`` who is logged in
        :return: list of ``{"row", "other", "name"}``; ``name`` is empty where the
            other has not agreed
        """
        rows = person._club_introductions()
        others = {
            row: row.other_id if row.partner_id == person else row.partner_id
            for row in rows
        }
        # sudo: a member has no rights on contacts; the domain says who agreed
        people_sudo = self.env["res.partner"].sudo()
        shown = people_sudo.search(
            Domain("id", "in", [other.id for other in others.values()])
            & people_sudo._club_likeness_domain(for_member=True)
        )
        return [
            {
                "row": row,
                "other": other,
                "name": other.name if other in shown else "",
            }
            for row, other in others.items()
        ]

    def _met(self, person):
        """One of the two says that they have met; a second time changes nothing.

        :raise UserError: it is not his introduction
        """
        # sudo: a member has no rights on introductions
        row_sudo = self.sudo()
        if person not in (row_sudo.partner_id | row_sudo.other_id):
            raise UserError(self.env._("This introduction is not yours."))
        if not row_sudo.met_on:
            row_sudo.met_on = fields.Date.context_today(self)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_introductions(self):
        """Introductions of this person, whichever side he is on, oldest first."""
        self.ensure_one()
        # sudo: the other side may be of another portfolio
        rows = self.env["club.introduction"].sudo()
        return rows.search(
            ["|", ("partner_id", "=", self.id), ("other_id", "=", self.id)], order="id"
        )
