import base64
import io
from datetime import timedelta
from importlib.util import find_spec
from unittest import skipUnless

import zxingcpp
from lxml import html
from PIL import Image

from odoo import fields
from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser

from odoo.addons.club_community.tests.event.common import EventCommon

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestQrIsRead(ToursCommon):
    """The codes of tickets and of the card, read by a decoder that is not ours."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create(
            {
                "name": "Place at an event",
                "type": "service",
                "service_tracking": "event",
                "list_price": 0,
                "taxes_id": False,
            }
        )
        cls.product = product
        start = fields.Datetime.now() + timedelta(days=3)
        make_event = EventCommon._make_event.__func__
        cls.event = make_event(
            cls,
            5,
            0,
            company_id=cls.company.id,
            date_begin=start,
            date_end=start + timedelta(hours=3),
        )
        cls.place = cls.env["event.registration"].create(
            {
                "event_id": cls.event.id,
                "event_ticket_id": cls.event.event_ticket_ids.id,
                "partner_id": cls.member.id,
                "club_attendee_id": cls.member.id,
                "name": "Anna Petrova",
            }
        )

    def _read(self, picture: bytes) -> list[str]:
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        return [found.text for found in zxingcpp.read_barcodes(image)]

    def _seen(self, url) -> bytes:
        """A picture of all of a page, as Chromium shows it on a phone."""
        browser = ChromeBrowser(self)
        try:
            with self.allow_requests(browser=browser):
                self.authenticate("anna", "anna", browser=browser)
                self.env.flush_all()
                browser.navigate_to(f"{self.base_url()}{url}", wait_stop=True)
                shot = browser._websocket_request(
                    "Page.captureScreenshot",
                    params={"format": "png", "captureBeyondViewport": True},
                )
        finally:
            browser.stop()
        return base64.b64decode(shot["data"])

    def test_on_the_page_of_the_ticket(self):
        picture = self._seen(f"/my/club/tickets/{self.place.id}")
        self.assertEqual(self._read(picture), [self.place.barcode])

    def test_on_the_page_to_print(self):
        picture = self._seen(f"/my/club/tickets/{self.place.id}/print")
        self.assertEqual(self._read(picture), [self.place.barcode])

    def test_the_decoder_sees_what_is_there_and_no_more(self):
        self.place.action_cancel()
        picture = self._seen(f"/my/club/tickets/{self.place.id}")
        self.assertEqual(self._read(picture), [])

    @skipUnless(find_spec("_rl_renderPM"), "this Python draws no pictures of codes")
    def test_on_the_ticket_of_stock(self):
        """What the PDF shows: its pictures are asked for as the program does."""
        report, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "event.action_report_event_registration_full_page_ticket", self.place.ids
        )
        (address,) = set(
            html.fromstring(report).xpath("//img[contains(@src, 'barcode/QR')]/@src")
        )
        picture = self.url_open(address).content
        self.assertEqual(self._read(picture), [self.place.barcode])
