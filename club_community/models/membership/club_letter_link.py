from odoo import api, models
from odoo.tools import consteq, hmac


class ClubLetterLink(models.AbstractModel):
    """A row that is answered by a link in a letter, without a login.

    Whoever has the letter has the link; nothing is stored for it. A GET changes
    nothing, since programs look at the links of letters.
    """

    _name = "club.letter.link"
    _description = "Answered by a Link in a Letter"

    # The beginning of the address, before number and token.
    _letter_path = None

    def _token(self):
        """What proves that somebody has the letter."""
        self.ensure_one()
        return hmac(self.env(su=True), self._table, str(self.id))[:40]

    def _url(self, answer=""):
        """The page of the answer, also for who is not logged in."""
        self.ensure_one()
        path = f"{self._letter_path}/{self.id}/{self._token()}"
        return self.get_base_url() + path + (answer and f"?answer={answer}")

    @api.model
    def _by_token(self, row_id, token):
        """The row behind a link, with raised rights; empty where the link is wrong."""
        # sudo: whoever has the letter has no rights
        # the number may be any: PostgreSQL knows them up to here
        found = self.sudo().browse(row_id % 2**31).exists()
        if found and consteq(found._token().encode(), token.encode()):
            return found
        return found.browse()
