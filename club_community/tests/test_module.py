import re
import tempfile
from pathlib import Path

from odoo import fields
from odoo.exceptions import AccessError
from odoo.modules.module import Manifest
from odoo.tests import BaseCase, TransactionCase, new_test_user, tagged

from . import house

MODULE = "club_community"
ADDON = Path(__file__).parents[1]
GROUPS = {
    f"{MODULE}.group_club_user",
    f"{MODULE}.group_club_manager",
    f"{MODULE}.group_club_admin",
    "base.group_system",
}

# Columns of the partner that every read of a partner fetches. Each costs every screen
# of Odoo a little (architecture.md measured it), so each has its reason here; all the
# others carry prefetch="club_profile".
PREFETCHED = {
    "club_state": "chip of lists, filters and the level's rules",
    "club_membership_id": "the card opens with it",
    "club_plan_id": "column of the members' list, level and member prices",
    "club_valid_until": "column of the members' list, filters by end",
    "club_joined": "column of the members' list, number is computed from it",
    "club_since": "computed together with the columns above",
    "club_number": "column of the members' list, searched by name",
    "club_card_token": "computed together with the number",
    "club_chapter_id": "column of the members' list, rules by city",
    "club_stage_id": "column of the members' list, rules of the journey",
    "club_manager_id": "column of the members' list, rule of the portfolio",
    "club_referrer_id": "column of the members' list",
}


@tagged("post_install", "-at_install")
class TestModule(TransactionCase):
    """The house checks itself: what architecture.md promises stays true."""

    def _own_models(self):
        return {
            name: model
            for name, model in self.registry.items()
            if model._original_module == MODULE and not model._abstract
        }

    def _own_fields(self, model_name):
        """Fields that the addon adds to a model, its own or another's."""
        return {
            name: field
            for name, field in self.registry[model_name]._fields.items()
            if field._modules[:1] == (MODULE,) and not field.inherited
        }

    def _assert_none(self, found):
        self.assertFalse(found, "\n" + "\n".join(map(str, found)))

    def test_partner_columns_have_the_clubs_prefix(self):
        added = self._own_fields("res.partner")
        self.assertIn("club_state", added)
        self._assert_none([name for name in added if not name.startswith("club_")])

    def test_partner_fields_are_for_the_club_only(self):
        self._assert_none(
            [
                f"{name}: {field.groups}"
                for name, field in self._own_fields("res.partner").items()
                if not field.groups or not set(field.groups.split(",")) <= GROUPS
            ]
        )

    def test_a_search_method_asks_for_the_right_to_read(self):
        """Odoo does not: else anybody could find people by what he may not see."""
        employee = new_test_user(self.env, "curious", "base.group_user")
        searched = {
            name: field
            for name, field in self._own_fields("res.partner").items()
            if field.search
        }
        self.assertIn("club_next_date", searched)
        guesses = {
            "boolean": True,
            "date": "2020-01-01",
            "datetime": "2020-01-01 00:00:00",
            "integer": 1,
            "selection": "held",
        }
        for name, field in searched.items():
            # Odoo itself refuses to compare what has no size
            operators = (
                ("=",) if field.type in ("boolean", "selection") else (">", ">=", "=")
            )
            for operator in operators:
                domain = [(name, operator, guesses[field.type])]
                with self.subTest(name), self.assertRaises(AccessError):
                    self.env["res.partner"].with_user(employee).search(domain)

    def test_partner_columns_are_not_prefetched_without_a_reason(self):
        added = {
            name: field
            for name, field in self._own_fields("res.partner").items()
            if field.store and field.column_type
        }
        self._assert_none(
            [
                f"{name}: {field.prefetch}"
                for name, field in added.items()
                if field.prefetch != (name in PREFETCHED or "club_profile")
            ]
        )
        self._assert_none(PREFETCHED.keys() - added.keys())

    def test_columns_on_other_models_have_the_clubs_prefix(self):
        self._assert_none(
            [
                f"{model}.{name}"
                for model in self.registry
                if self.registry[model]._original_module != MODULE
                for name in self._own_fields(model)
                if not name.startswith("club_")
            ]
        )

    def test_one2many_inverses_are_indexed(self):
        added = [
            field
            for model in self.registry
            for field in self._own_fields(model).values()
            if field.type == "one2many"
        ]
        self.assertTrue(added)
        self._assert_none(
            [
                f"{field}: {field.comodel_name}.{field.inverse_name}"
                for field in added
                if not self.registry[field.comodel_name]
                ._fields[field.inverse_name]
                .index
            ]
        )

    def test_models_have_access_rights(self):
        granted = set(
            self.env["ir.model.access"]
            .search([("model_id.model", "in", list(self._own_models()))])
            .mapped("model_id.model")
        )
        self.assertIn("club.membership", granted)
        self._assert_none(self._own_models().keys() - granted)

    def test_models_of_a_company_or_a_person_have_rules(self):
        """A wizard's rows are seen by its own user alone: Odoo sees to that."""
        rules = self.env["ir.rule"].search(
            [("model_id.model", "in", list(self._own_models()))]
        )
        for name, model in self._own_models().items():
            own_rules = rules.filtered(
                lambda rule, name=name: rule.model_id.model == name
            )
            if model._transient or not {"company_id", "partner_id"} & {*model._fields}:
                continue
            with self.subTest(name):
                self.assertTrue(own_rules)
                if "company_id" in model._fields:
                    everybody = own_rules.filtered(lambda rule: not rule.groups)
                    self.assertIn("company_ids", str(everybody.mapped("domain_force")))

    def test_rules_say_whom_they_serve(self):
        rules = self.env["ir.rule"].browse(
            self.env["ir.model.data"]
            .search([("module", "=", MODULE), ("model", "=", "ir.rule")])
            .mapped("res_id")
        )
        self.assertTrue(rules)
        self._assert_none(
            [
                rule.name
                for rule in rules
                if not re.fullmatch(r"Club: [^:]+: \S.+", rule.name)
            ]
        )

    def test_cards_ask_for_fields_that_their_view_has(self):
        """``record.x`` of a field that the kanban view does not name opens nothing."""
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id"))
        views = views.filtered(lambda view: view.type == "kanban")
        while extensions := views.filtered(lambda view: view.mode == "extension"):
            views = views - extensions | extensions.inherit_id
        self.assertTrue(views)
        found = []
        for view in views:
            arch = self.env[view.model].get_view(view.id, "kanban")["arch"]
            named = set(re.findall(r'<field\b[^>]*?\bname="(\w+)"', arch))
            asked = set(re.findall(r"\brecord\.(\w+)\.", arch))
            found += [(view.name, name) for name in sorted(asked - named)]
        self._assert_none(found)

    def test_nothing_stored_depends_on_today(self):
        """Forms of wizards live for a minute: their dates may."""
        checked, guilty = 0, []
        for model_name, model in self.registry.items():
            for name, field in model._fields.items():
                if model._transient or not field.store or not field.compute:
                    continue
                for function in self._own_computes(model, field):
                    checked += 1
                    if found := house.reads_clock(function, model):
                        guilty.append(f"{model_name}.{name}: {found}")
        self.assertGreater(checked, 8)
        self._assert_none(guilty)

    def _own_computes(self, model, field):
        """The addon's part of a field's compute, whichever class it stands in."""
        if callable(field.compute):
            functions = [field.compute]
        else:
            functions = [vars(cls).get(field.compute) for cls in model.mro()]
        return [
            function
            for function in functions
            if function and f".{MODULE}." in function.__module__
        ]


@tagged("post_install", "-at_install")
class TestHouseFiles(BaseCase):
    def _assert_none(self, found):
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_no_room_uses_a_room_below_it(self):
        owned = house.owners(ADDON)
        self.assertEqual(owned["club_state"], "membership")
        self.assertEqual(owned["club.chapter"], "profile")
        self.assertEqual(owned["club_membership_rule_user"], "manager")
        self._assert_none(house.uses_of_lower_rooms(ADDON))

    def test_every_data_file_is_in_the_manifest(self):
        manifest = Manifest.for_addon(MODULE)
        self._assert_none(house.files_not_loaded(ADDON, manifest))

    def test_files_and_functions_are_short(self):
        self._assert_none(house.too_long(ADDON))

    def test_odoo_19_idioms(self):
        self._assert_none(house.out_of_style(ADDON))

    def test_raised_rights_have_a_reason(self):
        self._assert_none(house.sudo_without_reason(ADDON))


@tagged("post_install", "-at_install")
class TestHouseRulesBite(BaseCase):
    """Each rule above is tried on an addon that breaks it."""

    def _addon(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        addon = Path(folder.name)
        for name, source in files.items():
            path = addon / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return addon

    def test_lower_room(self):
        lower = """
class Chapter(models.Model):
    _name = "club.chapter"
    club_city_id = fields.Many2one("res.city")
    def _club_open_city(self): pass
"""
        upper = '''
from ..profile import chapter
class Plan(models.Model):
    def name(self):
        """of club_city_id."""
        return self.env["club.chapter"]._club_open_city()
'''
        addon = self._addon(
            {
                "models/profile/chapter.py": lower,
                "models/membership/plan.py": upper,
                "views/profile/a.xml": '<record id="chapter_action" />',
                "views/membership/b.xml": '<a ref="club_community.chapter_action"/>',
                "security/membership_rules.xml": "partner_id.club_city_id",
                "views/portal/c.xml": "club_city_id may be used here",
            }
        )
        found = "\n".join(house.uses_of_lower_rooms(addon))
        for expected in (
            "models/membership/plan.py (membership) mentions club_city_id of profile",
            "mentions club.chapter of profile",
            "mentions _club_open_city of profile",
            "models/membership/plan.py (membership) imports from profile",
            "views/membership/b.xml (membership) mentions chapter_action of profile",
            "security/membership_rules.xml (membership) mentions club_city_id",
        ):
            self.assertIn(expected, found)
        self.assertNotIn("portal", found)

    def test_manifest(self):
        addon = self._addon({"views/membership/new.xml": "<odoo/>"})
        self.assertEqual(
            house.files_not_loaded(addon, {"data": ["data/gone.xml"]}),
            [
                "not in the manifest: views/membership/new.xml",
                "not there: data/gone.xml",
            ],
        )

    def test_length(self):
        body = "    pass\n" * house.MAX_FUNCTION_LINES
        addon = self._addon(
            {
                "models/long.py": f"def long():\n{body}",
                "views/long.xml": "\n" * (house.MAX_FILE_LINES + 1),
            }
        )
        self.assertEqual(
            house.too_long(addon),
            ["models/long.py: long has 61 lines", "views/long.xml has 701 lines"],
        )

    def test_idioms(self):
        python = ["self.env.cr.commit()", "_sql_constraints = []", "x.search([])"]
        xml = ["<tree>", '<t t-esc="x"/>', '<field attrs="{}"/>']
        addon = self._addon(
            {"models/old.py": "\n".join(python), "views/old.xml": "\n".join(xml)}
        )
        self.assertEqual(len(house.out_of_style(addon)), len(python + xml))

    def test_sudo(self):
        addon = self._addon(
            {
                "models/a.py": "def a(self):\n    return self.sudo().name\n"
                "def b(self):\n    # sudo: why\n    return self.sudo().name\n"
            }
        )
        self.assertEqual(house.sudo_without_reason(addon), ["models/a.py: a"])

    def test_clock(self):
        self.assertEqual(house.reads_clock(_compute_by_the_clock), "_ask_the_clock")
        self.assertIsNone(house.reads_clock(_compute_by_a_date))


def _compute_by_the_clock(records):
    return [_ask_the_clock() for _record in records]


def _ask_the_clock():
    return fields.Date.today()


def _compute_by_a_date(records):
    return [record.date_end for record in records]
