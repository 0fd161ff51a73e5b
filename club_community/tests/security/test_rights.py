import contextlib

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_things import RIGHTS_OF_ACCESS, access_things
from .application_things import application_things
from .card_things import RIGHTS_OF_CARDS, card_things
from .city_things import RIGHTS_OF_CITIES, city_things
from .common import RightsCommon
from .date_things import RIGHTS_OF_DATES, date_things
from .event_who_things import RIGHTS_OF_WHO, who_things
from .likeness_things import RIGHTS_OF_LIKENESS, likeness_things
from .link_things import RIGHTS_OF_LINKS, link_things
from .profile_things import RIGHTS_OF_PROFILE, profile_things
from .renewal_things import renewal_things
from .survey_things import RIGHTS_OF_SURVEYS, survey_things
from .thing import Thing

# Who may create, read, write and unlink what. A role or a letter that is not here is
# refused. The membership and the chapter are of the first company, the membership is a
# draft of a person in the portfolio of `manager_own`; the wizard's row is one's own.
READERS = ("employee", "salesman", "manager_own", "manager_other", "club_manager")
CLUB = ("manager_own", "manager_other", "club_manager", "club_admin", "foreign_manager")
RIGHTS = {
    "club.plan": dict.fromkeys(READERS, "r") | {"club_admin": "crwu"},
    "club.plan.family": dict.fromkeys((*READERS, "foreign_manager"), "r")
    | {"club_admin": "crwu"},
    "club.membership": {
        "manager_own": "rw",
        "club_manager": "crw",
        "club_admin": "crwu",
    },
    "club.chapter": {
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "r",
        "club_admin": "crwu",
    },
    "club.import": {"club_manager": "crwu", "club_admin": "crwu"},
    "club.import.product": {"club_manager": "rw", "club_admin": "rw"},
    "club.import.line": {"club_manager": "r", "club_admin": "r"},
    "club.plan.reminder": dict.fromkeys(READERS, "r") | {"club_admin": "crwu"},
    **dict.fromkeys(
        ("club.reminder", "club.renewal", "club.auto.renewal", "club.auto.charge"),
        dict.fromkeys(("manager_own", "club_manager", "club_admin"), "r"),
    ),
    "club.membership.sell": dict.fromkeys(
        (
            "salesman",
            "manager_own",
            "manager_other",
            "club_manager",
            "club_admin",
            "foreign_manager",
        ),
        "crwu",
    ),
    "club.application.answer": dict.fromkeys(CLUB, "crwu"),
    "club.application.approve": dict.fromkeys(CLUB, "crwu"),
    "club.application.attempt": {},
    # the queue moves by its own steps: nobody writes it
    "club.waiting": {"manager_own": "r", "club_manager": "cr", "club_admin": "cr"},
    "club.waiting.move": dict.fromkeys(
        ("club_manager", "club_admin", "foreign_manager"), "crwu"
    ),
    "club.place": dict.fromkeys(("manager_own", "club_manager", "club_admin"), "r"),
    "club.place.extra": dict.fromkeys(
        ("club_manager", "club_admin", "foreign_manager"), "crwu"
    ),
}
# What a member asked for is made and changed by his requests alone; of it the reasons
# and the words may be put right.
RIGHTS |= {
    "club.leaving.reason": dict.fromkeys(
        ("manager_own", "manager_other", "club_manager", "foreign_manager"), "r"
    )
    | {"club_admin": "crwu"},
    "club.leave": dict.fromkeys(("manager_own", "club_manager", "club_admin"), "rw"),
    "club.membership.pause": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    **dict.fromkeys(
        ("club.pause.wizard", "club.change.wizard", "club.leave.wizard"),
        dict.fromkeys(CLUB, "crwu"),
    ),
}
RIGHTS |= RIGHTS_OF_WHO | {"club.seat.assign": dict.fromkeys(CLUB, "crwu")}
RIGHTS |= RIGHTS_OF_ACCESS | RIGHTS_OF_CITIES | RIGHTS_OF_LINKS | RIGHTS_OF_DATES
RIGHTS |= RIGHTS_OF_LIKENESS | RIGHTS_OF_PROFILE | RIGHTS_OF_CARDS | RIGHTS_OF_SURVEYS
TOPICS = (
    *(application_things, renewal_things, access_things, city_things, link_things),
    *(date_things, likeness_things, profile_things, card_things, survey_things),
    who_things,
)
OUTSIDERS = ("public", "portal_member", "portal_colleague", "employee", "salesman")


@tagged("post_install", "-at_install", "security")
class TestRights(RightsCommon):
    """Every role against every model, by the table above."""

    def _things(self):
        """One record of every model of ours, by topic; each topic a method."""
        return {
            **self._things_of_membership(),
            **self._things_of_seats(),
            **self._things_of_leaving(),
            **self._things_of_imports(),
            **{k: v for topic in TOPICS for k, v in topic(self).items()},
        }

    def _things_of_membership(self):
        order = self._sell(self.member, confirm=False)
        family = self.env["club.plan.family"].create({"name": "Spare"})
        company = {"company_id": self.company.id}
        chapter = self.env["club.chapter"].create({"name": "Kazan", **company})
        who = {"partner_id": self.member.id, "plan_id": self.plan.id}
        return {
            "club.plan": Thing(
                self._create_plan(name="Spare"),
                {"sequence": 5},
                {"name": "New", "price": 1, **company},
            ),
            "club.plan.family": Thing(family, {"sequence": 5}, {"name": "New"}),
            "club.membership": Thing(
                order.order_line.club_membership_ids,
                {"date_requested": "2030-01-01"},
                {**who, **company, "date_start": "2020-01-01"},
            ),
            "club.chapter": Thing(chapter, {"sequence": 5}, {"name": "New", **company}),
            "club.membership.sell": Thing(None, {"date_start": "2030-01-01"}, who),
        }

    def _things_of_seats(self):
        contract = self._create_period(self.member, "2018-01-01")
        person = {"partner_id": self.member.id}
        return {
            "club.seat.assign": Thing(
                None, person, {**person, "contract_id": contract.id}
            ),
        }

    def _things_of_imports(self):
        own = {"source": "file", "company_id": self.company.id}
        bring = self.env["club.import"].create(own)
        product = {"import_id": bring.id, "key": "name:gold", "name": "Gold"}
        line = {
            "import_id": bring.id,
            "company_id": self.company.id,
            "key": "file:1",
            "fact": "paid",
        }
        return {
            "club.import": Thing(bring, {"name": "Other"}, own),
            "club.import.product": Thing(
                self.env["club.import.product"].sudo().create(product),
                {"plan_id": self.plan.id},
                {**product, "key": "name:new"},
            ),
            "club.import.line": Thing(
                self.env["club.import.line"].sudo().create(line),
                {"note": "Other"},
                {**line, "key": "file:2"},
            ),
        }

    def _things_of_leaving(self):
        reason = self.env.ref("club_community.leaving_reason_time")
        live = self._create_period(self.member, self.today)
        pause = {
            "membership_id": live.id,
            "date_from": "2030-01-01",
            "date_until": "2030-02-01",
        }
        return {
            "club.membership.pause": Thing(
                self.env["club.membership.pause"].sudo().create(pause),
                {"reason": "ill"},
                dict(pause, date_from="2031-01-01", date_until="2031-02-01"),
            ),
            "club.pause.wizard": Thing(
                None,
                {"reason": "ill"},
                {"membership_id": live.id, "date_from": "2030-01-01"},
            ),
            "club.leaving.reason": Thing(
                reason.copy(), {"sequence": 5}, {"name": "New"}
            ),
            "club.leave": Thing(
                live._leave(self.today, reason),
                {"note": "A sauna"},
                {"membership_id": live.id, "date_requested": "2030-01-01"},
            ),
            "club.change.wizard": Thing(
                None, {"when": "end"}, {"membership_id": live.id}
            ),
            "club.leave.wizard": Thing(
                None, {"note": "A sauna"}, {"membership_id": live.id, "when": "now"}
            ),
        }

    def _steps(self, role, model, thing):
        record = thing.record
        if record is None:  # a wizard's row is its creator's
            record = self.env[model].with_user(self.roles[role])
            record = record.sudo().create(thing.create).sudo(False)

        def rpc(*args):
            return lambda: self._rpc(role, model, *args)

        return {
            "c": rpc("create", thing.create),
            "r": rpc("read", record.ids, ["display_name"]),
            "w": rpc("write", record.ids, thing.write),
            "u": rpc("unlink", record.ids),
        }

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_matrix(self):
        things = self._things()
        self.assertEqual(things.keys(), RIGHTS.keys())
        for model, thing in things.items():
            for role in self.roles:
                granted = RIGHTS[model].get(role, "")
                for letter, step in self._steps(role, model, thing).items():
                    with self.subTest(f"{role} {letter} {model}"):
                        self.assertEqual(self._is_refused(step), letter not in granted)

    def test_every_model_is_in_the_matrix(self):
        own = {
            name
            for name, model in self.registry.items()
            if model._original_module == "club_community" and not model._abstract
        }
        self.assertEqual(own, self._things().keys())

    def test_portfolio(self):
        other = self.env["res.partner"].create({"name": "Boris"})
        other.club_manager_id = self.roles["manager_other"]
        mine = self._create_period(self.member, self.today)
        theirs = self._create_period(other, self.today)
        both = mine | theirs
        for role, seen in (
            ("manager_own", mine),
            ("manager_other", theirs),
            ("club_manager", both),
            ("foreign_manager", both.browse()),
        ):
            found = self._rpc(
                role, "club.membership", "search", [("id", "in", both.ids)]
            )
            self.assertEqual(set(found), set(seen.ids), role)

    def test_handing_over_moves_the_right_to_see(self):
        mine = self._create_period(self.member, self.today)
        self.member.club_manager_id = self.roles["manager_other"]
        self.env.flush_all()
        self.assertFalse(mine.with_user(self.personal_manager).has_access("read"))
        self.assertTrue(mine.with_user(self.roles["manager_other"]).has_access("read"))

    def test_every_role_of_the_club_opens_the_form_and_the_list(self):
        self._create_period(self.member, self.today)
        for role in ("manager_own", "manager_other", "club_manager", "foreign_manager"):
            for view, name in (
                ("form", "base.view_partner_form"),
                ("list", "club_community.club_member_view_list"),
            ):
                with self.subTest(f"{role} {view}"):
                    specification = self._specification(role, view, name)
                    self.assertIn("club_state", specification)
                    (row,) = self._rpc(
                        role, "res.partner", "web_read", self.member.ids, specification
                    )
                    self.assertEqual(row["club_state"], "active")

    def _specification(self, role, view, xmlid):
        """The fields that the web client reads for a view."""
        views = self._rpc(
            role, "res.partner", "get_views", [(self.env.ref(xmlid).id, view)]
        )
        arch = views["views"][view]["arch"]
        known = views["models"]["res.partner"]["fields"]
        return {
            name: (
                {"fields": {"display_name": {}}}
                if known[name]["type"] in ("many2one", "one2many", "many2many")
                else {}
            )
            for name in known
            if f'name="{name}"' in arch
        }


@tagged("post_install", "-at_install", "security")
class TestPartnerFields(RightsCommon):
    """The club's columns do not exist for those who are not in the club."""

    def _club_fields(self):
        return {
            name: field
            for name, field in self.env["res.partner"]._fields.items()
            if name.startswith("club_")
        }

    def _verbs(self, role, partner, name):
        """Every way by which a client could learn or change the value of a field."""
        domain = [(name, "!=", False)]

        def rpc(*args, **kwargs):
            return lambda: self._rpc(role, "res.partner", *args, **kwargs)

        verbs = {
            "read": rpc("read", partner.ids, [name]),
            "web_read": rpc("web_read", partner.ids, {name: {}}),
            "search": rpc("search", domain),
            "search_count": rpc("search_count", domain),
            "search through a relation": rpc(
                "search", [(f"child_ids.{name}", "!=", False)]
            ),
            "search_read": rpc("search_read", [], [name], limit=1),
            "web_search_read": rpc("web_search_read", [], {name: {}}, limit=1),
            "name_search": rpc("name_search", "a", domain),
            "write": rpc("write", partner.ids, {name: False}),
            "web_save": rpc("web_save", partner.ids, {name: False}, {"id": {}}),
            "create": rpc("create", {"name": "New", name: False}),
        }
        if self.env["res.partner"]._fields[name].type != "one2many":
            verbs |= {
                "sort": rpc("search", [], order=name),
                "group": rpc("formatted_read_group", [], [name], ["__count"]),
                "aggregate": rpc(
                    "formatted_read_group", [], [], [f"{name}:count_distinct"]
                ),
                "web_read_group": rpc("web_read_group", [], [name], ["__count"]),
            }
        return verbs

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_outsiders_neither_see_nor_change_them(self):
        """Every field by every way as an employee, the main ways as the others."""
        self._create_period(self.member, self.today)
        main_ways = {"read", "search", "sort", "group", "write"}
        for role in OUTSIDERS:
            for name in self._club_fields():
                for verb, step in self._verbs(role, self.member, name).items():
                    if role != "employee" and verb not in main_ways:
                        continue
                    with self.subTest(f"{role} {verb} {name}"):
                        self.assertTrue(self._is_refused(step))

    def test_outsiders_do_not_hear_of_them(self):
        for role in OUTSIDERS:
            for model in ("res.partner", "res.users"):
                described = self._rpc(role, model, "fields_get")
                self.assertFalse(
                    [name for name in described if name.startswith("club_")], role
                )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_no_way_round_by_users_orders_and_exports(self):
        self._create_period(self.member, self.today)
        self.employee.group_ids += self.env.ref("base.group_allow_export")
        self.salesman.group_ids += self.env.ref("base.group_allow_export")
        path = "partner_id.club_state"
        active = [(path, "=", "active")]
        ids = self.member.ids
        for role, model, method, *args in (
            ("employee", "res.users", "search", [("club_state", "=", "active")]),
            ("employee", "res.users", "search", active),
            ("employee", "res.users", "read", self.member_user.ids, ["club_number"]),
            (
                "employee",
                "res.users",
                "export_data",
                self.member_user.ids,
                ["partner_id/club_state"],
            ),
            ("employee", "res.partner", "export_data", ids, ["club_number"]),
            ("employee", "res.partner", "export_data", ids, ["club_plan_id/name"]),
            ("salesman", "sale.order", "search", active),
            ("salesman", "sale.order", "formatted_read_group", [], [path], []),
            (
                "salesman",
                "sale.order.line",
                "search",
                [("club_membership_ids.state", "=", "active")],
            ),
            ("salesman", "club.plan", "search", [("membership_ids", "!=", False)]),
        ):
            with self.subTest(f"{role} {model} {method} {args}"):
                self.assertTrue(
                    self._is_refused(
                        lambda r=role, m=model, c=method, a=args: self._rpc(r, m, c, *a)
                    )
                )

    def test_onchange_tells_outsiders_nothing(self):
        self._create_period(self.member, self.today)
        spec = {"name": {}, "club_number": {}, "club_state": {}}
        for values in ({"name": "x"}, {}):
            try:
                result = self._rpc(
                    "employee",
                    "res.partner",
                    "onchange",
                    self.member.ids,
                    values,
                    ["name"],
                    spec,
                )
            except AccessError:
                continue
            told = result["value"]
            self.assertFalse(told.get("club_number"))
            self.assertFalse(told.get("club_state"))

    def test_outsiders_may_read_what_they_hear_of(self):
        """A client that reads all fields it was told of must not stumble over ours."""
        order = self._sell(self.member, confirm=False)
        for role, record in (
            ("employee", self.plan),
            ("employee", self.plan.product_id),
            ("employee", self.level),
            ("salesman", order),
            ("salesman", order.order_line),
            ("portal_member", order),
            ("portal_member", order.order_line),
        ):
            with self.subTest(f"{role} {record}"):
                ours = [
                    name
                    for name in self._rpc(role, record._name, "fields_get")
                    if "club_community" in record._fields[name]._modules
                ]
                self._rpc(role, record._name, "read", record.ids, ["id", *ours])

    def test_portal_colleague_does_not_learn_who_becomes_a_member(self):
        firm = self.member.parent_id
        line = self._sell(self.member, payer=firm).order_line
        for name in ("club_member_id", "club_membership_ids"):
            self.assertTrue(
                self._is_refused(
                    lambda name=name: self._rpc(
                        "portal_colleague", "sale.order.line", "read", line.ids, [name]
                    )
                )
            )

    def test_card_token_is_for_the_system_alone(self):
        self._create_period(self.member, self.today)
        self.assertTrue(self.member.sudo().club_card_token)
        for role in self.roles:
            for verb, step in self._verbs(role, self.member, "club_card_token").items():
                with self.subTest(f"{role} {verb}"):
                    self.assertTrue(self._is_refused(step))

    def test_projection_is_not_typed(self):
        """Who may write contacts may not make members of them."""
        self._create_period(self.member, "2020-01-01")
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        values = {
            "club_state": "active",
            "club_plan_id": self.plan.id,
            "club_membership_id": self.member.club_membership_ids.id,
            "club_valid_until": "2099-01-01",
            "club_joined": "2000-01-01",
            "club_since": "2000-01-01",
        }
        for role in ("manager_own", "club_manager", "club_admin"):
            for name, value in values.items():
                for method, *args in (
                    ("write", stranger.ids, {name: value}),
                    ("web_save", stranger.ids, {name: value}, {"id": {}}),
                    ("create", {"name": "New", name: value}),
                ):
                    with self.subTest(f"{role} {method} {name}"):
                        self.assertTrue(
                            self._is_refused(
                                lambda r=role, m=method, a=args: self._rpc(
                                    r, "res.partner", m, *a
                                )
                            )
                        )


@tagged("post_install", "-at_install", "security")
class TestProtectedFields(RightsCommon):
    """No client, with whatever rights, makes or prolongs a membership by writing."""

    CLUB_ROLES = ("manager_own", "club_manager", "club_admin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.waiting = cls._sell(cls.member).order_line.club_membership_ids
        cls.other = cls.env["res.partner"].create({"name": "Boris"})
        third = cls.env["res.partner"].create({"name": "Vera"})
        other_family = cls.env["club.plan.family"].create({"name": "Golf"})
        other_plan = cls._create_plan(name="Golf", family_id=other_family.id)
        cls.new_values = {
            "state": "active",
            "partner_id": cls.other.id,
            "plan_id": other_plan.id,
            "family_id": other_family.id,
            "company_id": cls.company_b.id,
            "sale_line_id": cls._sell(cls.other).order_line.id,
            "origin": "import",
            "date_start": "2020-01-01",
            "date_end": "2099-01-01",
            "date_grace_end": "2099-01-01",
            "amount": 1,
            "currency_id": cls.env.ref("base.CHF").id,
            "closed_by": "refund",
            "date_end_paid": "2099-01-01",
            "leave_date": "2099-01-01",
            "change": "now",
            "replaced_by_id": cls._create_period(third, "2015-01-01").id,
            "leave_id": cls._create_period(third, "2019-01-01", "2099-01-01")
            ._note_saved(cls.env.ref("club_community.leaving_reason_not_told"))
            .id,
            "kind": "return",
            "previous_id": cls._create_period(third, "2017-01-01").id,
            "obstacle": "Nothing",
            "seat_of_id": cls._create_period(third, "2013-01-01").id,
            "seat_number": 1,
            "seat_capacity": 9,
            "import_key": "file:1",
        }

    def _assert_refused_or_ignored(self, step, record, name):
        before = record[name]
        self.env.flush_all()
        savepoint = self.env.cr.savepoint()
        try:
            with contextlib.suppress(AccessError, UserError):
                step()
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(record[name], before)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_every_fact_is_in_the_list(self):
        self.assertEqual(self.env["club.membership"]._PROTECTED, self.new_values.keys())

    def test_write_and_web_save(self):
        for role in self.CLUB_ROLES:
            for name, value in self.new_values.items():
                for method, *rest in (("write",), ("web_save", {"id": {}})):
                    with self.subTest(f"{role} {method} {name}"):
                        self.assertTrue(
                            self._is_refused(
                                lambda r=role, m=method, n=name, v=value, o=rest: (
                                    self._rpc(
                                        r,
                                        "club.membership",
                                        m,
                                        self.waiting.ids,
                                        {n: v},
                                        *o,
                                    )
                                )
                            )
                        )

    def test_through_the_person(self):
        for role in self.CLUB_ROLES:
            for name, value in self.new_values.items():
                command = [Command.update(self.waiting.id, {name: value})]
                with self.subTest(f"{role} {name}"):
                    self.assertTrue(
                        self._is_refused(
                            lambda r=role, c=command: self._rpc(
                                r,
                                "res.partner",
                                "write",
                                self.member.ids,
                                {"club_membership_ids": c},
                            )
                        )
                    )

    def test_load(self):
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "waiting",
                "model": "club.membership",
                "res_id": self.waiting.id,
            }
        )
        for role in ("club_manager", "club_admin"):
            for name in ("state", "date_end", "amount"):
                with self.subTest(f"{role} {name}"):
                    self._assert_refused_or_ignored(
                        lambda r=role, n=name: self._rpc(
                            r,
                            "club.membership",
                            "load",
                            ["id", n],
                            [["__import__.waiting", str(self.new_values[n])]],
                        ),
                        self.waiting,
                        name,
                    )

    def test_create(self):
        """A recorded period gets its state from its dates and no order at all."""
        base = {
            "partner_id": self.other.id,
            "plan_id": self.plan.id,
            "date_start": "2020-01-01",
        }
        for role in ("club_manager", "club_admin"):
            for name in ("state", "sale_line_id", "family_id", "closed_by"):
                with self.subTest(f"{role} {name}"):
                    self.assertTrue(
                        self._is_refused(
                            lambda r=role, n=name: self._rpc(
                                r,
                                "club.membership",
                                "create",
                                base | {n: self.new_values[n]},
                            )
                        )
                    )

    def test_create_with_defaults_from_the_client(self):
        defaults = {f"default_{name}": v for name, v in self.new_values.items()}
        user = self.club_admin
        new = (
            self.env["club.membership"]
            .with_user(user)
            .with_context(**defaults)
            .create(
                {
                    "partner_id": self.other.id,
                    "plan_id": self.plan.id,
                    "company_id": self.company.id,
                    "date_start": "2020-01-01",
                }
            )
        )
        self.assertEqual(new.state, "expired")
        self.assertEqual(new.origin, "import")
        self.assertEqual(new.family_id, self.plan.family_id)
        self.assertEqual(new.amount, self.plan.price)
        self.assertFalse(new.sale_line_id)
        self.assertFalse(new.closed_by)
        self.assertFalse(new.leave_id)
        self.assertFalse(new.change)
        self.assertFalse(new.replaced_by_id)
        self.assertFalse(new.leave_date)
        self.assertFalse(new.date_end_paid)
        self.assertFalse(new.seat_of_id)
        self.assertFalse(new.seat_capacity)

    def test_same_value_again_is_no_change(self):
        period = self._create_period(self.member, "2020-01-01", "2020-12-31")
        values = {
            "partner_id": self.member.id,
            "plan_id": self.plan.id,
            "date_start": "2020-01-01",
            "date_end": "2020-12-31",
        }
        self._rpc("club_manager", "club.membership", "write", period.ids, values)

    def test_steps_of_a_period_are_not_called_from_outside(self):
        public = {
            name
            for cls in type(self.env["club.membership"]).mro()
            if "club_community" in cls.__module__
            for name, member in vars(cls).items()
            if callable(member) and not name.startswith("_")
        }
        self.assertEqual(
            public,
            {
                "create",
                "write",
                "action_change",
                "action_free_seat",
                "action_give_seat",
                "action_leave",
                "action_open_order",
                "action_pause",
                "action_return",
                "action_undo_change",
                "action_undo_leave",
                "action_renew",
                "get_import_templates",
            },
        )
        for method in ("_activate", "_sync_payment", "_advance", "_cron_advance"):
            with self.assertRaisesRegex(AccessError, "Private methods"):
                self._rpc("club_admin", "club.membership", method, self.waiting.ids)
