import doctest

from odoo.tests import BaseCase, tagged

from ...tools import period, placing


@tagged("post_install", "-at_install")
class TestPeriod(BaseCase):
    def test_doctests_of_the_period_arithmetic(self):
        result = doctest.testmod(period)
        self.assertGreater(result.attempted, 15)
        self.assertFalse(result.failed)

    def test_doctests_of_room_for_old_periods(self):
        result = doctest.testmod(placing)
        self.assertGreater(result.attempted, 10)
        self.assertFalse(result.failed)
