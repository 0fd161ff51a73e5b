import warnings

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..profile.common import ProfileCommon

OUTSIDERS = ("public", "portal_member", "portal_colleague", "employee", "salesman")

# Columns that are stock's own: who may read a contact by stock reads them, and it is
# no business of a club's to forbid it. Those who add a point as a property are told.
STOCK = {"lang": OUTSIDERS, "properties": ("employee", "salesman")}

# What searches, and the arguments before and after the domain.
SEARCHES = {
    "search": ((), ()),
    "search_count": ((), ()),
    "search_read": ((), (["id"],)),
    "web_search_read": ((), ({"id": {}},)),
    "name_search": (("",), ()),
    "web_name_search": (("", {"display_name": {}}), ()),
}

# Methods of ours that a client may call, and with what.
PUBLIC = (
    ("res.partner", "club_bot_next_question", ()),
    ("res.partner", "club_bot_answer", (1, "x")),
    ("club.profile.value", "action_confirm", ()),
    ("club.profile.value", "action_take", ()),
    ("club.profile.value", "action_take_other", ()),
)


@tagged("post_install", "-at_install", "security")
class TestProfileAttack(ProfileCommon):
    """Every point of another person, by every verb that a client can call.

    A verb tells something when its answer names the value, or when a right guess is
    answered differently from a wrong one; being refused tells nothing.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.person.parent_id = firm
        cls.person.category_id = cls.env["res.partner.category"].create({"name": "T"})
        member = new_test_user(cls.env, "attack_member", "base.group_portal")
        colleague = new_test_user(cls.env, "attack_colleague", "base.group_portal")
        colleague.partner_id.parent_id = firm
        salesman = new_test_user(
            cls.env, "attack_sales", "sales_team.group_sale_salesman_all_leads"
        )
        export = cls.env.ref("base.group_allow_export")
        for user in cls.employee | salesman | cls.other_manager:
            user.group_ids += export  # of all at once it would mix their groups
        cls.roles = {
            "public": cls.env.ref("base.public_user"),
            "portal_member": member,
            "portal_colleague": colleague,
            "employee": cls.employee,
            "salesman": salesman,
            "other_manager": cls.other_manager,
        }
        cls.person_user = new_test_user(
            cls.env, "attack_target", "base.group_portal", partner_id=cls.person.id
        )
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Lead", "partner_id": cls.person.id, "user_id": salesman.id}
        )
        cls._tell_everything()

    @classmethod
    def _tell_everything(cls):
        """Every point of the catalogue is known of the person."""
        base = cls.env["properties.base.definition"]
        definition = base._get_definition_for_property_field(
            "res.partner", "properties"
        )
        definition.properties_definition = [
            {"name": "boat", "string": "Boat", "type": "char"}
        ]
        for purpose in cls.env["club.consent.purpose"].search([("code", "!=", "")]):
            cls.person._club_answer_consent(purpose, True, "member")
        cls.points = cls.env["club.profile.point"].search([("is_derived", "=", False)])
        cls.values = {point: cls._answer(point) for point in cls.points}
        cls.person._club_capture(cls.values, "member")
        cls.derived = cls.env["club.profile.point"].search([("is_derived", "=", True)])
        cls.sheet = cls.person.club_private_ids
        cls.env.flush_all()

    @classmethod
    def _answer(cls, point):
        kind = point.value_type
        if point.key == "club_relative_ids":
            return [["Petya", "child", "2009-08-27", "School"]]
        if point.key == "club_goal_ids":
            return [["To sell", 10, None, "Soon"]]
        if kind == "date":
            return "1971-03-19"
        if kind == "integer":
            return 1999
        choices = [value for value, _label in point._choices()]
        if kind == "many2many":
            return choices[:1]
        return choices[0] if choices else f"secret {point.key}"

    # --- Calling as a client does -----------------------------------------------------

    def _rpc(self, role, model, method, *args, **kwargs):
        """The answer of a call, or None where it is refused."""
        env = self.env(user=self.roles[role], su=False, context={})
        try:
            with warnings.catch_warnings():  # clients may still call what is deprecated
                warnings.simplefilter("ignore", DeprecationWarning)
                return call_kw(env[model], method, args, kwargs)
        except (AccessError, UserError, ValueError):
            return None

    def _differs(self, role, model, right, wrong, verbs=("search",)):
        """Whether some search tells a right guess from a wrong one.

        :param right: domain that is true of the person, and ``wrong`` one that is not
        """
        for method in verbs:
            before, after = SEARCHES[method]
            yes = self._rpc(role, model, method, *before, right, *after)
            if yes is None:
                continue
            no = self._rpc(role, model, method, *before, wrong, *after)
            if no is not None and yes != no:
                return method
        return None

    def _reads(self, model, ids, name, nested=None):
        """Calls that would answer with the value: ``{verb: (method, args)}``."""
        spec = {name: nested or {}}
        domain = [("id", "in", ids)]
        path = name if not nested else f"{name}/{next(iter(nested['fields']))}"
        return {
            "read": ("read", (ids, [name])),
            "web_read": ("web_read", (ids, spec)),
            "search_read": ("search_read", (domain, [name])),
            "web_search_read": ("web_search_read", (domain, spec)),
            "export_data": ("export_data", (ids, [path])),
        }

    def _groups(self, model, ids, name):
        """Calls that sort, group or sum by a column."""
        domain = [("id", "in", ids)]
        return {
            "read_group": ("read_group", (domain, ["id:count"], [name])),
            "formatted_read_group": (
                "formatted_read_group",
                (domain, [name], ["__count"]),
            ),
            "web_read_group": ("web_read_group", (domain, [name], ["__count"])),
            "aggregate": (
                "formatted_read_group",
                (domain, [], [f"{name}:array_agg"]),
            ),
        }

    def _named(self, answer, name):
        """Whether an answer names a value of a column, wherever it stands in it."""
        if isinstance(answer, dict):
            # "datas" is what export_data calls its rows
            told = answer.get(name) or answer.get(f"{name}:array_agg")
            rows = [*answer.values()]
            return bool(told or any(self._named(row, name) for row in rows)) or any(
                any(cell for cell in row) for row in answer.get("datas") or []
            )
        if isinstance(answer, (list, tuple)):
            return any(self._named(row, name) for row in answer)
        return False

    # --- The attacks ------------------------------------------------------------

    def _guesses(self, point):
        """Domains on contacts, right and wrong, that guess a value of a point."""
        name = point._column()
        kind, value = point.value_type, self.values.get(point)
        if point.model != "res.partner":
            name = f"club_private_ids.{name}"
        me = ("id", "=", self.person.id)
        if kind == "one2many":
            return [([me, (name, "!=", False)], [me, (name, "=", False)])]
        value = value[0] if isinstance(value, list) else value
        guesses = [
            ([me, (name, "in", [value])], [me, (name, "not in", [value])]),
            ([me, (name, "!=", False)], [me, (name, "=", False)]),
        ]
        if kind == "char":
            guesses.append(
                ([me, (name, "ilike", "secret")], [me, (name, "ilike", "nothing")])
            )
        return guesses

    def _ways_round(self, right, wrong):
        """The same guess through other models: dotted and with ``any``."""
        person, lead = self.person, self.lead
        for model, path, record in (
            ("res.partner", "parent_id.child_ids", person),
            ("res.partner.category", "partner_ids", person.category_id),
            ("res.users", "partner_id", self.person_user),
            ("crm.lead", "partner_id", lead),
        ):
            base = [("id", "=", record.id)]
            yield (
                model,
                [*base, (path, "any", right)],
                [*base, (path, "any", wrong)],
            )
            dotted = [
                [(f"{path}.{name}", op, value) for name, op, value in domain[1:]]
                for domain in (right, wrong)
            ]
            yield model, base + dotted[0], base + dotted[1]

    def _attack_column(self, role, point):
        """What a column of the contact tells a role: the verbs that do."""
        name, ids = point._column().split(".")[0], self.person.ids
        for verb, (method, args) in self._reads("res.partner", ids, name).items():
            if self._named(self._rpc(role, "res.partner", method, *args), name):
                yield verb
        for verb, (method, args) in self._groups("res.partner", ids, name).items():
            if _groups_of(self._rpc(role, "res.partner", method, *args)):
                yield verb
        for model, record, path in (
            ("res.users", self.person_user, name),
            ("crm.lead", self.lead, f"partner_id.{name}"),
        ):
            of = [("id", "in", record.ids)]
            groups = self._rpc(
                role, model, "formatted_read_group", of, [path], ["__count"]
            )
            if groups and any(row.get(path) for row in groups):
                yield f"group of {model}"
        if self._rpc(role, "res.partner", "search", [("id", "in", ids)], order=name):
            yield "order"
        spec = {"name": {}, name: {}}
        told = self._rpc(
            role, "res.partner", "onchange", ids, {"name": "x"}, ["name"], spec
        )
        if told and self._named(told, name):
            yield "onchange"
        heard = self._rpc(role, "res.partner", "fields_get", [name]) or {}
        if name in heard and name not in STOCK:
            yield "fields_get"
        yield from self._attack_by_guess(role, point)

    def _attack_by_guess(self, role, point):
        first, *others = self._guesses(point)
        if verb := self._differs(role, "res.partner", *first, SEARCHES):
            yield f"{verb} {first[0][1:]}"
        for right, wrong in others:
            if verb := self._differs(role, "res.partner", right, wrong):
                yield f"{verb} {right[1:]}"
        for model, yes, no in self._ways_round(*first):
            if verb := self._differs(role, model, yes, no):
                yield f"{verb} {model} {yes[1:]}"

    def _attack_sheet(self, role, point):
        """What the confidential sheet, its ledger and the way to it tell a role."""
        name, model, ids = point.key, point.model, self.sheet.ids
        for verb, (method, args) in (
            *self._reads(model, ids, name).items(),
            *self._groups(model, ids, name).items(),
        ):
            if self._named(self._rpc(role, model, method, *args), name):
                yield verb
        nested = {"fields": {name: {}}}
        for verb, (method, args) in self._reads(
            "res.partner", self.person.ids, "club_private_ids", nested
        ).items():
            if self._named(self._rpc(role, "res.partner", method, *args), name):
                yield f"{verb} of the contact"
        if self._rpc(role, model, "search", [("id", "in", ids)], order=name):
            yield "order"
        right, wrong = ([("id", "in", ids), (name, op, False)] for op in ("!=", "="))
        if verb := self._differs(role, model, right, wrong, SEARCHES):
            yield f"{verb} of the sheet"
        told = self._rpc(role, model, "onchange", ids, {}, [], {name: {}})
        if told and self._named(told, name):
            yield "onchange"
        yield from self._attack_by_guess(role, point)

    def _attack_ledger(self, role, point):
        """The ledger's rows of one point."""
        model = "club.profile.value"
        rows = self._rows_of(point)
        for name in ("value", "previous", "value_label"):
            for verb, (method, args) in self._reads(model, rows.ids, name).items():
                if self._named(self._rpc(role, model, method, *args), name):
                    yield f"{verb} {name} of the ledger"
        ids = [("id", "in", rows.ids)]
        for method, *args in (
            ("search", ids),
            ("search_count", ids),
            ("formatted_read_group", ids, ["point_id"], ["__count"]),
            ("name_search", "", ids),
        ):
            answer = self._rpc(role, model, method, *args)
            if answer and not (answer == [{"__count": 0}]):
                yield f"{method} of the ledger"
        me = ("id", "=", self.person.id)
        state, value = ("state", "=", "current"), ("point_id", "=", point.id)
        right = [me, ("club_value_ids", "any", [value, state])]
        wrong = [me, ("club_value_ids", "any", [value, ("state", "=", "cleared")])]
        if verb := self._differs(role, "res.partner", right, wrong):
            yield f"{verb} through the contact's ledger"

    def _rows_of(self, point):
        return self.Value.search(
            [("partner_id", "=", self.person.id), ("point_id", "=", point.id)]
        )

    def _assert_tells_nothing(self, attacks):
        leaks = [f"{role}: {what} by {verb}" for role, what, verb in attacks]
        self.assertFalse(leaks, "\n" + "\n".join(leaks))

    def _each(self, roles, points):
        """Every role with every point, each with nothing read before."""
        for role in roles:
            for point in points:
                self.env.invalidate_all(flush=False)
                yield role, point

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_attacks_hit_whoever_may_see(self):
        """Or else everything below would prove nothing."""
        self.roles = {**self.roles, "own": self.manager}
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        for key in ("club_channel", "club_pets", "club_sport_ids"):
            hits = set(self._attack_column("own", self._point(key)))
            self.assertGreaterEqual(len(hits), 12, hits)
        for key in ("segment", "drives"):
            self.assertGreaterEqual(
                len(set(self._attack_sheet("own", self._point(key)))), 12
            )
            self.assertGreaterEqual(
                len(set(self._attack_ledger("own", self._point(key)))), 8
            )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_outsiders_learn_nothing_of_the_contact(self):
        points = self.points | self.derived
        self._assert_tells_nothing(
            (role, point.key, verb)
            for role, point in self._each(
                OUTSIDERS, points.filtered(lambda p: p.model == "res.partner")
            )
            if role not in STOCK.get(point._column().split(".")[0], ())
            for verb in self._attack_column(role, point)
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_confidential_is_for_few(self):
        self._assert_tells_nothing(
            (role, point.key, verb)
            for role, point in self._each(
                self.roles, self.points.filtered("is_confidential")
            )
            for verb in self._attack_sheet(role, point)
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_ledger_is_for_the_club(self):
        self._assert_tells_nothing(
            (role, point.key, verb)
            for role, point in self._each(self.roles, self.points)
            if role != "other_manager" or point.is_confidential
            for verb in self._attack_ledger(role, point)
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_rooms_own_tables_tell_outsiders_nothing(self):
        """Interests by people, family, goals, consents, sheets: no way in at all."""
        self.env["club.profile.skip"]._skip(self.person, self._point("club_pets"))
        self.person._club_ask_erasure()
        models = [
            name
            for name, model in self.registry.items()
            if model._original_module == "club_community"
            and "/profile/" in _file(model)
            and not model._abstract
            and not name.startswith(
                (
                    "club.chapter",
                    "club.plan",
                    "club.figure",
                    "club.place",
                    "club.waiting",
                )
            )
        ]
        self.assertIn("club.interest", models)
        self.assertIn("club.consent", models)
        self._assert_tells_nothing(
            (role, model, method)
            for role in OUTSIDERS
            for model in models
            for method, args in (
                ("search", ([],)),
                ("search_count", ([],)),
                ("search_read", ([], ["id"])),
                ("web_search_read", ([], {"id": {}})),
                ("name_search", ("",)),
                ("formatted_read_group", ([], [], ["__count"])),
                ("has_access", ([], "read")),
            )
            if self._rpc(role, model, method, *args)
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_methods_are_for_whom_they_are(self):
        row = self._rows_of(self._point("segment"))
        self.env.flush_all()
        for role in self.roles:
            for model, method, args in PUBLIC:
                ids = self.person.ids if model == "res.partner" else row.ids
                env = self.env(user=self.roles[role], su=False, context={})
                self.env.invalidate_all()
                with self.subTest(f"{role} {method}"), self.assertRaises(AccessError):
                    call_kw(env[model], method, (ids, *args), {})

    def test_a_copy_has_no_facts(self):
        copy = self.person.copy()
        names = {point._column().split(".")[0] for point in self.points} - STOCK.keys()
        for name in names & copy._fields.keys():
            self.assertFalse(copy[name], name)
        self.assertFalse(copy.club_private_ids)


def _groups_of(answer):
    """The groups that an answer has: none where it only says that there are none."""
    if isinstance(answer, dict):
        answer = answer["groups"]
    return [row for row in answer or [] if any(row.values())]


def _file(model):
    """Where a model is defined."""
    return {
        base.__module__.replace(".", "/") + "/"
        for base in model._model_classes__
        if "club_community" in base.__module__
    }.__str__()
