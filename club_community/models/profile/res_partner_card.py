from lxml import etree
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.date_utils import relativedelta

from ..membership.res_partner import CLUB_USER
from .club_profile_point import CONFIDENTIAL, PERSON

LATER_DAYS = 30
# A fact of these types is a column: it comes with the contact, in the same query.
_COLUMN_TYPES = ("char", "date", "integer", "selection", "text")


def _is_column(point):
    return point.value_type in _COLUMN_TYPES and point._field().store


class ResPartner(models.Model):
    """The manager's screens of the profile: the page, the card, what to ask next.

    Which facts they show, in which order and under which name, the catalogue says:
    a club that moves, renames or archives a point sees it so on the form.
    """

    _inherit = "res.partner"

    club_next_point_id = fields.Many2one(
        "club.profile.point",
        string="Ask Next",
        compute="_compute_club_next_point",
        groups=CLUB_USER,
    )
    club_next_question = fields.Char(
        string="Next Question", compute="_compute_club_next_point", groups=CLUB_USER
    )

    @api.depends_context("uid", "lang")
    def _compute_club_next_point(self):
        people = self._origin.filtered(lambda p: not p.is_company)
        found = people._club_next_points("manager", None)
        open_sheets = people._club_sees_private()
        for partner in self:
            person = partner._origin
            points = found.get(person.id, self.env["club.profile.point"])
            if person not in open_sheets:
                points = points.filtered(lambda p: not p.is_confidential)
            # sudo: the questions were found with it, the catalogue is for everybody
            point = points[:1].sudo(False)
            partner.club_next_point_id = point
            partner.club_next_question = point.question or point.name

    # --- Whose confidential sheet it is ---------------------------------------------

    def _club_sees_private(self):
        """Of some people: those whose confidential sheet the user may open.

        The record rules decide, whichever rooms they come from, also where there is
        no sheet yet. It reads no sheet, so it is no reading that would be noted.
        """
        Sheet = self.env[CONFIDENTIAL]
        if self.env.su or not Sheet.has_access("read"):
            return self if self.env.su else self.browse()
        allowed = self.env["ir.rule"]._compute_domain(CONFIDENTIAL, "read")
        # sudo: the rules look at columns of the person
        return self.filtered(
            lambda p: Sheet.sudo().new({"partner_id": p.id}).filtered_domain(allowed)
        )

    # --- Screens --------------------------------------------------------------------

    def _club_open(self, xml_id, **more):
        action = self.env["ir.actions.actions"]._for_xml_id(f"club_community.{xml_id}")
        return {**action, **more}

    def action_club_profile(self):
        """The whole profile of the person, one screen."""
        self.ensure_one()
        return self._club_open("club_profile_card_action", res_id=self.id)

    def action_club_ledger(self):
        """What the club knows of the person: from where, since when, and before."""
        self.ensure_one()
        return self._club_open(
            "club_profile_value_action",
            domain=[("partner_id", "=", self.id)],
            context={"search_default_on_card": 1, "club_one_person": True},
        )

    def action_club_conflicts(self):
        self.ensure_one()
        return self._club_open(
            "club_profile_value_conflict_action",
            domain=[("is_conflict", "=", True), ("partner_id", "=", self.id)],
        )

    def action_club_consents(self):
        """What the person has agreed to, and what not."""
        self.ensure_one()
        return self._club_open(
            "club_consent_action",
            domain=[("partner_id", "=", self.id)],
            context={"default_partner_id": self.id},
        )

    def action_club_private(self):
        """The confidential sheet, in a dialog; it is made where there is none yet.

        :raise UserError: it is not for this user's eyes
        """
        self.ensure_one()
        if not self._club_sees_private():
            raise UserError(
                self.env._(
                    "The confidential facts of %(person)s are for the personal manager "
                    "and the head of the club only. Ask one of them.",
                    person=self.display_name,
                )
            )
        sheet = self.env[CONFIDENTIAL]._sheet_of(self)
        return self._club_open("club_profile_private_action", res_id=sheet.id)

    # --- What to ask next -----------------------------------------------------------

    def _club_asked_point(self):
        """The point that the user has seen on the form, else the next one now.

        :raise UserError: there is nothing to ask
        """
        self.ensure_one()
        point = self.env["club.profile.point"]
        seen = self.env.context.get("club_point_id")
        if isinstance(seen, int):
            point = point.browse(seen).exists()
        point = point or self.club_next_point_id
        if not point:
            raise UserError(self.env._("All is known: there is nothing to ask now."))
        return point

    def action_club_answer_next(self):
        """A small dialog for the answer to the next question."""
        point = self._club_asked_point()
        return self.env["club.profile.answer"]._ask(self, point)

    def action_club_ask_later(self):
        """Not now: the question comes again in a month."""
        day = fields.Date.context_today(self) + relativedelta(days=LATER_DAYS)
        self._club_skip_question(day)

    def action_club_ask_never(self):
        """This question does not fit this person: it is not asked again."""
        self._club_skip_question(None)

    def _club_skip_question(self, until):
        self.check_access("write")
        point = self._club_asked_point()
        self.env["club.profile.skip"]._skip(self, point, until)

    def _club_question_for_activity(self):
        """A sentence for the note of an activity about one person: what to ask him.

        Activities of any room (a reminder, a renewal, a welcome call) may add it, for
        the user whom the activity is for: ``with_user(responsible)``.

        :return: text without markup, empty where all is known
        """
        self.ensure_one()
        question = self.club_next_question
        return self.env._("Ask next: %s", question) if question else ""

    def _club_questions_for_activities(self):
        """The same for the notes of many activities, without a query for each.

        Questions that anybody may read in a task: none of the confidential sheet.

        :return: ``{partner id: Markup}``, in the language of the environment
        """
        found = {}
        for partner_id, points in self._club_next_points("manager", None).items():
            asked = points.filtered(lambda point: not point.is_confidential)[:1]
            if asked:
                said = self.env._("Ask next: %s", asked.question or asked.name)
                found[partner_id] = Markup("<p>%s</p>") % said
        return found

    # --- The form follows the catalogue ---------------------------------------------

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for place in arch.xpath("//group[@name='club_sections']"):
                self._club_arrange(place, whole=True)
            for place in arch.xpath("//group[@name='club_sections_quick']"):
                self._club_arrange(place, whole=False)
        return arch, view

    @api.model
    def _club_arrange(self, place, whole):
        """Fill a group of a form with the sections and points of the catalogue.

        :param place: the ``<group>``; a ``<field>`` that stands in it already keeps
            its widget and options, and goes where its point belongs
        :param whole: also what takes a query of its own: tags and lists
        """
        # sudo: a view is cached for all users, and the catalogue is for everybody
        points = self.env["club.profile.point"].sudo().search([("model", "=", PERSON)])
        drawn = {node.get("name"): node for node in place.findall("field")}
        for node in list(place):
            place.remove(node)
        shown = points.filtered(
            lambda p: not p.is_property and (whole or _is_column(p))
        )
        lists = shown.filtered(lambda p: p.value_type == "one2many")
        for section, inside in (shown - lists).grouped("section_id").items():
            group = etree.SubElement(
                place,
                "group",
                name=f"club_section_{section.code}",
                string=section.name,
            )
            for point in inside:
                group.append(point._club_node(drawn.get(point.key)))
        for point in lists:
            group = etree.SubElement(
                place,
                "group",
                name=f"club_list_{point.key}",
                string=point.name,
                colspan="2",
            )
            node = point._club_node(drawn.get(point.key))
            node.set("nolabel", "1")
            node.set("colspan", "2")
            group.append(node)
        if whole and any(point.is_property for point in points):
            etree.SubElement(
                place, "field", name="properties", nolabel="1", colspan="2"
            )


class ClubProfilePoint(models.Model):
    _inherit = "club.profile.point"

    def _club_node(self, node=None):
        """The point as a field of a form: its name, its help, who may set it.

        :param node: a ``<field>`` that is drawn already, with its widget
        """
        self.ensure_one()
        node = etree.Element("field", name=self.key) if node is None else node
        node.set("string", self.name)
        if self.hint:
            node.set("help", self.hint)
        if self.is_derived or self.manager_access == "read":
            node.set("readonly", "1")
        return node


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _activity_hints(self):
        """What to ask the member, when he is called for another reason anyway."""
        hints = super()._activity_hints()
        asked = self.partner_id._club_questions_for_activities()
        return {
            membership.id: hints.get(membership.id, Markup()) + asked[partner.id]
            for membership in self
            if (partner := membership.partner_id).id in asked
        }
