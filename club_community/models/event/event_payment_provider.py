from odoo import api, models
from odoo.tools import SQL


class PaymentProvider(models.Model):
    """A provider's way into its journal is made once, however many pay first.

    Stock makes it (``account.payment.method.line``) when it is first looked for, that
    is while the first payment is carried out. Of several who pay first each finds none
    in its own snapshot and makes one; then stock refuses every payment of the provider
    (``Expected singleton``), and these too are not carried out. Source: field.md
    section 4.
    """

    _inherit = "payment.provider"

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        providers._club_make_method_lines()
        return providers

    def write(self, vals):
        res = super().write(vals)
        if vals.keys() & {"state", "company_id", "code"}:
            self._club_make_method_lines()
        return res

    def _club_make_method_lines(self):
        """Make the way in time: when the provider is switched on, or is paid with."""
        working = self.sudo().filtered(  # sudo: buyers have no rights on providers
            lambda provider: (
                provider.state in ("enabled", "test")
                and provider.code not in ("none", "custom")
            )
        )
        if not working:
            return
        lines = working.env["account.payment.method.line"]
        ready = lines.search(
            [("payment_provider_id", "in", working.ids), ("journal_id", "!=", False)]
        )
        for provider, of_provider in ready.grouped("payment_provider_id").items():
            of_provider._club_merge(provider)
        missing = working - ready.payment_provider_id
        if not missing:
            return
        banks = lines.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "in", missing.company_id.ids)]
        )
        for provider in missing:
            if provider.company_id in banks.company_id:
                provider.invalidate_recordset(["journal_id"])
                provider.journal_id  # noqa: B018 - reading it makes the line

    def _ensure_payment_method_line(self, allow_create=True):
        if self.id:
            self._club_take_turn()
        return super()._ensure_payment_method_line(allow_create=allow_create)

    def _club_take_turn(self):
        """One at a time, and whoever comes second sees what the first has made.

        A lock alone would not do: the second would count in his old snapshot. A new
        version of the row makes him fail to serialise, and Odoo runs him again.
        """
        self.env.cr.execute(
            SQL("UPDATE payment_provider SET state = state WHERE id = %s", self.id),
            log_exceptions=False,
        )


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    def _club_merge(self, provider):
        """Heal a provider that stock has given several ways into one journal.

        The oldest stays. The others are taken out of the journal and not deleted, as
        stock does with lines that payments name.
        """
        extra = self.browse()
        for lines in self.grouped(
            lambda line: (line.journal_id, line.payment_method_id)
        ).values():
            extra += lines.sorted("id")[1:]
        if extra:
            provider._club_take_turn()
            extra.write({"payment_provider_id": False, "journal_id": False})


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        transactions.provider_id._club_make_method_lines()
        return transactions

    def _create_payment(self, **extra_create_values):
        self.provider_id._club_make_method_lines()
        return super()._create_payment(**extra_create_values)
