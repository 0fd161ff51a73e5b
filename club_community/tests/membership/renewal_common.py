from contextlib import contextmanager, nullcontext
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, freeze_time

from ..common import ClubCommon


class RenewalCommon(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pricelist.item_ids.unlink()  # members pay the fee itself
        cls.club_manager.company_ids = cls.company
        cls.club_manager.company_id = cls.company

    @classmethod
    def _ending_in(cls, days, partner=None, plan=None):
        """A period of a year whose last paid day is so many days from today."""
        end = cls.today + timedelta(days=days)
        return cls._create_period(
            partner or cls.member, end - timedelta(days=364), end, plan
        )

    def _day(self, days):
        return self.today + timedelta(days=days)

    @contextmanager
    def _on(self, days):
        """So many days from today."""
        with freeze_time(fields.Datetime.to_datetime(self._day(days))):
            yield

    def _run(self, cron, days=0):
        """The real job, as the scheduler runs it, on a day."""
        # a test of pages is in that mode already, and would warn
        pages = isinstance(self, HttpCase)
        mode = nullcontext() if pages else self.enter_registry_test_mode()
        with self._on(days), mode:
            outcome = (
                self.env.ref(f"club_community.{cron}")
                .with_user(self.env.ref("base.user_root"))
                .method_direct_trigger()
            )
        self.assertIs(outcome, True, outcome)

    def _letters(self, partner=None):
        """Letters in the queue, oldest first."""
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("recipient_ids", "in", (partner or self.member).ids)], order="id")
        )
