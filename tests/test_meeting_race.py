"""Two newcomers press the same time of one manager at the same moment.

Within one transaction, and so in Odoo's own tests, nothing of this can be seen: two
real browsers' sessions on a server with two workers.
"""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

from . import club

# A third meeting at that time which is never committed: both wait for its end, so each
# has looked at the calendar before the other has booked.
HOLD = """
    INSERT INTO club_meeting (partner_id, user_id, company_id, start, stop, state)
    SELECT id, %s, %s, %s, %s, 'agreed' FROM res_partner WHERE name = 'Third'
"""
PAGE = "/my/club/meeting"
NAMES = ("anna", "boris")


def newcomers(env) -> dict:
    """Two members of one manager who may log in, and a time at which he is free."""
    from datetime import timedelta

    manager = env["res.users"].search([("login", "=", club.MANAGER)])
    plan = env["club.plan"].search([], limit=1)
    group = env.ref("base.group_portal")
    env["res.partner"].create({"name": "Third"})
    for name in NAMES:
        person = env["res.partner"].create(
            {
                "name": name,
                "email": f"{name}@example.com",
                "club_manager_id": manager.id,
            }
        )
        env["club.membership"].create(
            {
                "partner_id": person.id,
                "plan_id": plan.id,
                "date_start": env["club.membership"]._today(),
            }
        )
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": name,
                "login": name,
                "password": name,
                "partner_id": person.id,
                "group_ids": [(6, 0, group.ids)],
            }
        )
    start = manager._club_free_times(env.company)[3]
    return {
        "user": manager.id,
        "company": env.company.id,
        "start": str(start),
        "stop": str(start + timedelta(minutes=15)),
    }


def meetings(env, start: str) -> list[dict]:
    found = env["club.meeting"].search([("start", "=", start)])
    return [
        {
            "state": meeting.state,
            "name": meeting.partner_id.name,
            "in_calendar": meeting.event_id.active,
        }
        for meeting in found
    ]


class Tab:
    """A browser's tab in which a member is logged in."""

    def __init__(self, url: str, login: str):
        self.url = url
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar)
        )
        token = self._token("/web/login")
        self._open(
            "/web/login", {"login": login, "password": login, "csrf_token": token}
        )
        self.token = self._token(PAGE)

    def _open(self, path, form=None):
        data = form and urllib.parse.urlencode(form).encode()
        return self.opener.open(self.url + path, data, timeout=120)

    def _token(self, path):
        page = self._open(path).read().decode()
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def book(self, start: str) -> str:
        """What the member reads."""
        form = {"csrf_token": self.token, "start": start}
        try:
            return self._open(f"{PAGE}/book", form).read().decode()
        except urllib.error.HTTPError as answer:
            assert answer.code == 422, answer.code
            return answer.read().decode()


def test_one_time_is_given_once(fresh_db, inside, odoo_server, psql):
    db = fresh_db()
    process = inside(db)
    process(club.found_club, commit=True)
    wish = process(newcomers, commit=True).value
    server = odoo_server(db, 2)
    tabs = [Tab(server.url, name) for name in NAMES]
    pages = club.let_collide(
        psql(db),
        HOLD,
        [wish["user"], wish["company"], wish["start"], wish["stop"]],
        *(lambda tab=tab: tab.book(wish["start"]) for tab in tabs),
    )
    assert all(isinstance(page, str) for page in pages), pages
    agreed = [name for name, page in zip(NAMES, pages, strict=True) if "agreed" in page]
    refused = [page for page in pages if "has just been taken" in page]
    assert len(refused) == 1, pages
    found = process(meetings, wish["start"]).value
    assert [row["state"] for row in found] == ["agreed"]
    assert found[0]["in_calendar"] and found[0]["name"] in agreed
