import doctest
import re

import qrcode

from odoo.tests import BaseCase, tagged

from ...tools import qr


@tagged("post_install", "-at_install")
class TestQr(BaseCase):
    def test_doctests_of_the_drawing(self):
        result = doctest.testmod(qr)
        self.assertGreater(result.attempted, 2)
        self.assertFalse(result.failed)

    def test_draws_the_modules_of_the_code(self):
        """Each dark module of the library's code is drawn, and no other."""
        text = "https://example.com/club/check/abc"
        code = qrcode.QRCode(border=2, mask_pattern=3)
        code.add_data(text)
        expected = {
            (row, column)
            for row, cells in enumerate(code.get_matrix())
            for column, is_dark in enumerate(cells)
            if is_dark
        }
        runs = re.findall(r"M(\d+) (\d+)h(\d+)v1H\1z", qr.qr_svg(text))
        drawn = {
            (int(row), int(start) + column)
            for start, row, length in runs
            for column in range(int(length))
        }
        self.assertEqual(drawn, expected)
