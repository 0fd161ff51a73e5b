"""A member presses "Renew" in two tabs at the same moment: there is one quotation."""

import http.cookiejar
import re
import urllib.parse
import urllib.request

from . import club

LOCK_PERSON = "SELECT id FROM res_partner WHERE id = %s FOR UPDATE"
LOGIN = "anna"


def enrol(env) -> int:
    from datetime import timedelta

    plan = env["club.plan"].search([], limit=1)
    person = env["res.partner"].create({"name": "Anna", "email": "anna@example.com"})
    end = env["club.membership"]._today() + timedelta(days=30)
    env["club.membership"].create(
        {
            "partner_id": person.id,
            "plan_id": plan.id,
            "date_start": end - timedelta(days=364),
            "date_end": end,
        }
    )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Anna",
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": person.id,
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )
    return person.id


def quotations(env, person: int) -> list[str]:
    return env["sale.order"].search([("partner_id", "=", person)]).mapped("state")


class Tab:
    """A browser's tab in which the member is logged in."""

    def __init__(self, url: str):
        self.url = url
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar)
        )
        self._submit("/web/login", {"login": LOGIN, "password": LOGIN})
        self.token = self._token("/my/club")

    def _open(self, path, form=None):
        data = form and urllib.parse.urlencode(form).encode()
        return self.opener.open(self.url + path, data, timeout=120)

    def _token(self, path):
        page = self._open(path).read().decode()
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def _submit(self, path, form):
        return self._open(path, {**form, "csrf_token": self._token(path)}).url

    def renew(self) -> str:
        """Where the member is led to."""
        return self._open("/my/club/renew", {"csrf_token": self.token}).url


def test_two_tabs(fresh_db, inside, odoo_server, psql):
    db = fresh_db(install=("payment_demo",))
    process = inside(db)
    process(club.found_club, commit=True)
    person = process(enrol, commit=True).value
    server = odoo_server(db, 2)
    tabs = [Tab(server.url), Tab(server.url)]
    led_to = club.let_collide(
        psql(db), LOCK_PERSON, [person], *(tab.renew for tab in tabs)
    )
    assert process(quotations, person).value == ["sent"], led_to
    first, second = (url.split("?")[0] for url in led_to)
    assert first == second
    assert "/my/orders/" in first
