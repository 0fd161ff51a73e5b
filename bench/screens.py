"""Screens of the web client, opened in an Odoo process without a browser.

A screen is what the client sends: ``web_search_read`` or ``web_read`` with the
specification that follows from the view. The view itself, which the client keeps
from the first visit on, is fetched beforehand.
"""

from dataclasses import dataclass, field


@dataclass
class Screen:
    """A list or a form as a user opens it; picklable, and called with an ``env``."""

    login: str
    model: str
    specification: dict
    domain: list = field(default_factory=list)
    record_id: int = 0
    order: str = ""
    limit: int = 80  # as the client's pages have

    def __call__(self, env):
        user = env["res.users"].search([("login", "=", self.login)])
        model = env[self.model].with_user(user)
        if self.record_id:
            rows = model.browse(self.record_id).web_read(self.specification)
        else:
            found = model.web_search_read(
                self.domain, self.specification, limit=self.limit, order=self.order
            )
            rows = found["records"]
        assert rows
        return len(rows)

    @property
    def __name__(self):
        return f"{self.model} as {self.login}"


def screen(env, login, model, view_type, view="", **where) -> Screen:
    """Prepare a screen: ask for its view as the client does."""
    user = env["res.users"].search([("login", "=", login)])
    model_as_user = env[model].with_user(user)
    view_id = env.ref(view).id if view else False
    views = model_as_user.get_views([(view_id, view_type)])
    arch = views["views"][view_type]["arch"]
    return Screen(login, model, specification(model_as_user, arch), **where)


def specification(model, arch) -> dict:
    """Fields of a view as the web client asks for them (see its getFieldsSpec)."""
    from lxml import etree

    root = etree.fromstring(arch) if isinstance(arch, str) else arch
    level = len(list(root.iterancestors("field")))
    if root.tag == "field":
        level += 1
    nodes = [
        node
        for node in root.iter("field")
        if node is not root and len(list(node.iterancestors("field"))) == level
    ]
    return {node.get("name"): _of_field(model, node) for node in nodes}


def _of_field(model, node) -> dict:
    found = model._fields.get(node.get("name"))
    if found is None or not found.relational:
        return {}
    never_seen = node.get("invisible") in ("1", "True")
    if found.type == "many2one":
        return {"fields": {} if never_seen else {"display_name": {}}}
    if never_seen:
        return {}
    below = model.env[found.comodel_name]
    if len(node):
        first = (node.get("mode") or node[0].tag).split(",")[0]
        shown = node.find(first)
        shown = node[0] if shown is None else shown
        found = {"fields": specification(below, shown), "limit": 40}
        order = shown.get("default_order")
        return {**found, "order": order} if order else found
    if node.get("widget") == "many2many_tags":
        tags = {"display_name": {}}
        return {"fields": {**tags, "color": {}} if "color" in below._fields else tags}
    return {}
