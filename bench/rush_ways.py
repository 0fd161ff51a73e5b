"""More ways into a rush: members on our pages of the portal, buyers in stock's shop.

Beside ``bench/rush.py``, which knows no model of ours: the first way here is ours.
"""

import html
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from bench.rush import FAILED, SEATED, TOLD

# What our pages say to who comes too late.
FULL = ("sold out", "not enough", "left.", "not open for booking")


# -- Inside Odoo -------------------------------------------------------------------


def log_in_members(env, count: int) -> list[str]:
    """Portal users with a session each, as if they had logged in before the rush."""
    from odoo.http import get_default_session, root
    from odoo.service import security

    people = env["res.partner"].create(
        [{"name": f"Member {n}", "email": f"m{n}@example.com"} for n in range(count)]
    )
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "login": person.email,
                    "partner_id": person.id,
                    "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
                }
                for person in people
            ]
        )
    )
    env.cr.commit()  # what follows signs what the server will read
    sessions = []
    for user in users:
        session = root.session_store.new()
        session.update(get_default_session(), db=env.cr.dbname, _trace_disable=True)
        session.uid, session.login = user.id, user.login
        session.session_token = security.compute_session_token(session, env)
        session.context = {"lang": "en_US", "tz": "UTC", "uid": user.id}
        root.session_store.save(session)
        sessions.append(session.sid)
    return sessions


# -- Browsers ----------------------------------------------------------------------


class Browser:
    """Cookies, forms and JSON of somebody without JavaScript; notes every status."""

    def __init__(self, server, session: str = ""):
        self.server, self.statuses = server, []
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        if session:
            self.opener.addheaders.append(("Cookie", f"session_id={session}"))

    def open(self, path: str, form: dict | None = None) -> tuple[int, str, str]:
        """Status, address after redirects and text of a page."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        url = path if path.startswith("http") else self.server.url + path
        try:
            with self.opener.open(url, data, timeout=120) as answer:
                found = answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            found = error.code, url, error.read().decode(errors="replace")
        self.statuses.append(found[0])
        return found

    def json(self, path: str, **params) -> dict:
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.server.url + path, body.encode(), {"Content-Type": "application/json"}
        )
        try:
            with self.opener.open(request, timeout=120) as answer:
                self.statuses.append(answer.status)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            self.statuses.append(error.code)
            return {"error": {"data": {"message": str(error)}}}


class ByPortal:
    """Our pages: a member who is logged in chooses a ticket, and books for himself."""

    def __init__(self, server, records: dict):
        self.server, self.records = server, records

    def __call__(self, number: int) -> tuple[str, object]:
        member = Browser(self.server, self.records["sessions"][number])
        page = f"/my/club/events/{self.records['event']}/book"
        ticket = f"t{self.records['ticket']}"
        status, url, text = member.open(f"{page}?{ticket}=1")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        if status == 200 and "o_club_people" in text and token:
            form = {"csrf_token": token[1], ticket: 1, "me": "0"}
            status, url, text = member.open(page, form)
        if status == 200 and "/my/club/tickets" in url:
            return SEATED, url
        said = re.search(r"o_club_error[^>]*>(.*?)</form>", text, re.S)
        words = html.unescape(said[1] if said else "").lower()
        is_full = status == 200 and any(word in words for word in FULL)
        return (TOLD if is_full else FAILED), f"{status} {url} {words[:300]}"


def pay_at_demo(ask, reference: str) -> bool:
    """The demo provider takes the money; the browser asks until Odoo is through.

    :param ask: ``ask(path, **params)`` of a buyer's browser, JSON both ways
    """
    ask(
        "/payment/demo/simulate_payment",
        reference=reference,
        simulated_state="done",
        payment_details="4242",
    )
    for turn in range(20):
        answer = ask("/payment/status/poll")
        if answer.get("result", {}).get("state") == "done":
            return True
        time.sleep(0.1 * turn)
    return False


class ShopBuyer(Browser):
    """Stock's shop: the form of an event, an address, the provider's page."""

    reference = None

    def __init__(self, server, records: dict, number: int):
        super().__init__(server)
        self.records, self.number = records, number

    def start(self) -> str:
        """Come as far as the provider's page; the reference, or why it was refused."""
        event = f"/event/{self.records['event']}"
        _status, _url, page = self.open(f"{event}/register")
        token = re.search(r'csrf_token: "([^"]+)"', page)
        form = {
            "csrf_token": token and token[1],
            "1-event_ticket_id": self.records["ticket"],
            f"1-email-{self.records['email']}": f"buyer{self.number}@example.com",
        }
        status, url, page = self.open(f"{event}/registration/confirm", form)
        if "/shop/" not in url:
            return f"{status} {url}"
        if "/shop/address" in url:
            page = self._address(page)
        return self._to_provider(page)

    def _address(self, page: str) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {
            "csrf_token": token[1],
            "name": f"Buyer {self.number}",
            "email": f"buyer{self.number}@example.com",
            "phone": "+32 2 290 34 90",
            "street": "Long Street 1",
            "city": "Brussels",
            "zip": "1000",
            "country_id": self.records["country"],
            "address_type": "billing",
            "use_delivery_as_billing": "true",
        }
        _status, _url, answer = self.open("/shop/address/submit", form)
        _status, _url, page = self.open(json.loads(answer)["redirectUrl"])
        return page

    def _to_provider(self, page: str) -> str:
        found = {
            name: re.search(rf'data-{name}="([^"]*)"', page)
            for name in ("transaction-route", "access-token", "amount")
        }
        if not all(found.values()):
            return "no payment form"
        answer = self.json(
            found["transaction-route"][1],
            access_token=found["access-token"][1],
            provider_id=self.records["provider"],
            payment_method_id=self.records["method"],
            token_id=None,
            amount=float(found["amount"][1]),
            flow="direct",
            tokenization_requested=False,
            landing_route="/shop/payment/validate",
        )
        self.reference = answer.get("result", {}).get("reference")
        return self.reference or answer["error"]["data"]["message"]

    def pay(self) -> bool:
        """See ``pay_at_demo``."""
        return pay_at_demo(self.json, self.reference)
