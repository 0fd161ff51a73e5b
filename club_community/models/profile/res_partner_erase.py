from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools import period
from .club_profile_point import PERSON

_TEXTS = ("char", "text", "html", "json", "properties", "binary")

# Columns of rows that stay, which say nothing of the person. The key of an imported
# line keeps a second run of that import from bringing him back.
KEPT_COLUMNS = {
    "club.membership": {"import_key"},
    "event.registration": {"barcode"},
    "calendar.attendee": {"access_token"},
    PERSON: {
        "name",
        "complete_name",
        "autopost_bills",
        "invoice_edi_format_store",
        "invoice_sending_method",
    },
}


class ResPartner(models.Model):
    """Forget a person (GDPR art. 17): one transaction, which may run again.

    The contact stays as a nameless row, since posted documents point to it. What is
    his own goes: our rows, his login, and what stock keeps about him. Documents of the
    books keep what they were posted with, which the law asks for (art. 17(3)(b)).
    """

    _inherit = "res.partner"

    def _club_erase(self):
        """Forget this person for good.

        Orders, invoices, payments and the membership periods they paid for stay, on a
        contact called “Erased person <id>”. Lower rooms extend ``_club_erase_records``
        for what they have noted in records of other models; tables of the addon are
        found by themselves (``_club_tables_of_people``).

        :return: the ``club.erasure`` that says when and by whom
        :raise AccessError: the user is no club manager, or may not write the contact
        :raise UserError: there is an obstacle (``_club_erase_obstacle``)
        """
        self.ensure_one()
        self._club_check_may_erase()
        if obstacle := self._club_erase_obstacle():
            raise UserError(obstacle)
        # sudo: what is found in tables on which a club manager has no rights goes too
        person = (
            self.sudo()
            .with_context(tracking_disable=True, active_test=False)
            .with_prefetch()
        )
        person.lock_for_update()
        self.env.flush_all()
        Erasure = person.env["club.erasure"]
        request = Erasure._open_of(person) or Erasure.create(
            {"partner_id": person.id, "due": Erasure._due_day()}
        )
        request.with_user(self.env.user)._answer("done")
        self.env.flush_all()
        person._club_erase_records()
        person._club_erase_stock()
        person._club_erase_own_tables()
        person._club_erase_addresses()
        person._club_erase_logins()
        person._club_erase_contact()
        self.env.invalidate_all(flush=False)
        self.env.registry.clear_cache()
        return request

    def _club_erase_records(self):
        """Hook: remove what a lower room has noted of this person in other tables.

        Called with sudo and without tracking, while his name is still known. Rows of
        the addon with a link to the contact need nothing. May run twice.
        """

    def _club_check_may_erase(self):
        if not self.env.su:
            if not self.env.user.has_group("club_community.group_club_manager"):
                raise AccessError(
                    self.env._("Only a club manager may erase a person's data.")
                )
            self.check_access("write")
            # sudo: the membership may be another company's, which is the question
            company = self.sudo().club_membership_id.company_id
            if company and company not in self.env.user.company_ids:
                raise AccessError(
                    self.env._("This person is a member of another company's club.")
                )

    def _club_erase_obstacle(self):
        """Why this person cannot be forgotten today: a sentence, or False."""
        self.ensure_one()
        # sudo: periods of every company count
        person = self.sudo().with_context(active_test=False)
        if person.is_company:
            return self.env._("A company is no person that can be forgotten.")
        if person.user_ids.filtered(lambda user: user._is_internal()):
            return self.env._("This contact belongs to somebody who works here.")
        live = person.club_membership_ids.filtered(
            lambda m: m.state in period.LIVE_STATES
        )
        if live:
            return self.env._(
                "The membership “%(plan)s” is paid and still runs. End it or refund "
                "it first, then erase.",
                plan=live[0].plan_id.name,
            )
        return False

    @api.model
    def _club_erased_name(self, partner_id):
        return self.env._("Erased person %s", partner_id)

    def _club_erase_goes(self):
        """What an erasure takes, in words, with numbers; lower rooms may add lines."""
        self.ensure_one()
        person = self.sudo()  # sudo: numbers only
        facts = self.env["club.profile.value"].sudo()
        return [
            self.env._("Name, contacts, addresses, picture and notes of the contact"),
            self.env._(
                "%(count)s facts of the profile with their history",
                count=facts.search_count([("partner_id", "=", self.id)]),
            ),
            self.env._("Confidential sheet, family, goals and consents"),
            self.env._(
                "%(count)s messages and files of the contact",
                count=len(person.message_ids),
            ),
            self.env._("Answers to surveys, personal data of event registrations"),
            self.env._("Words of applications, leaves and pauses; e-mails and phones"),
            self.env._("The login and saved cards"),
        ]

    def _club_erase_stays(self):
        """What the books need, in words; lower rooms may add lines."""
        self.ensure_one()
        person = self.sudo()  # sudo: numbers only
        mine = [("partner_id", "=", self.id)]
        return [
            self.env._(
                "%(orders)s orders and %(invoices)s invoices, with the names they "
                "were made with",
                orders=person.env["sale.order"].search_count(mine),
                invoices=person.env["account.move"].search_count(mine),
            ),
            self.env._("Payments, and printed invoices that are attached to them"),
            self.env._(
                "%(count)s membership periods, nameless, for the figures",
                count=len(person.club_membership_ids),
            ),
            self.env._("When the erasure was asked for and done, and by whom"),
        ]

    # --- Our tables -----------------------------------------------------------------

    def _club_erase_own_tables(self):
        """Rows of ours: those that are only about him go, the others say nothing more.

        A row goes with a link that cascades; one that documents need (a period, a
        consent to charges) stays without its words; where the link may be empty it
        is (a place is free again).
        """
        for model, paths in self._club_tables_of_people().items():
            if model._name == "club.erasure":
                continue
            for path in paths:
                column = path.split(".")[0]
                field = model._fields[column]
                domain = [(path, "=", self.id)]
                if field.related or "." in path:
                    self._club_erase_kept(model.search(domain))
                elif model._transient or field.ondelete == "cascade":
                    self._club_erase_rows(model.search(domain))
                else:
                    rows = model.search(domain)
                    self._club_erase_kept(rows)
                    if field.ondelete == "set null" and model._name != PERSON:
                        write_columns(rows, {column: None})
        # a file with him in it is not needed any more when the import is over
        self.env["club.import"].search(
            [("state", "=", "done"), ("file", "!=", False)]
        ).file = False

    def _club_erase_rows(self, rows):
        """Delete rows of ours past their own guards, with what hangs on them."""
        if not rows:
            return
        self._club_erase_traces(rows)
        rows.env.flush_all()
        rows.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id = ANY(%s)",
                SQL.identifier(rows._table),
                rows.ids,
            )
        )
        rows.env.invalidate_all(flush=False)

    def _club_erase_kept(self, rows):
        """Take the words off rows that stay."""
        if rows:
            self._club_erase_traces(rows)
            self._club_blank(rows)

    def _club_blank(self, rows):
        """Empty every text of some rows, by SQL: neither tracked nor computed back.

        What must not be empty says “Erased person <id>”.
        """
        kept = KEPT_COLUMNS.get(rows._name, set())
        name = self._club_erased_name(self.id)
        values = {}
        for field in rows._fields.values():
            if (
                field.store
                and field.column_type
                and field.type in _TEXTS
                and field.name not in kept
                and not (field.translate and field.required)
            ):
                values[field.name] = name if field.required else None
        write_columns(rows, values)

    # --- The contact and its login ---------------------------------------------------

    def _club_erase_addresses(self):
        """His further addresses are his as well; people under him are others."""
        addresses = self.child_ids.filtered(lambda child: child.type != "contact")
        for address in addresses:
            self._club_erase_traces(address)
            address._club_blank_contact(self._club_erased_name(self.id))

    def _club_erase_contact(self):
        self._club_erase_traces(self)
        for field in self._fields.values():
            ours = field.name.startswith("club_") or field.name == "category_id"
            if field.type == "many2many" and field.store and ours:
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = %s",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column1),
                        self.id,
                    )
                )
        self._club_blank_contact(self._club_erased_name(self.id))

    def _club_blank_contact(self, name):
        """Empty every personal column of a contact and archive it.

        By SQL: ``write`` would send the empty address up to his company, note the old
        values in the chatter and in the ledger. Stored columns of other tables follow,
        except on invoices, which keep the name they were posted with.
        """
        values = {"name": name, "complete_name": name, "active": False}
        for column in ("lang", "tz", "signup_type", "state_id", "country_id"):
            values[column] = None
        points = self._club_points_by_column()
        for field in self._fields.values():
            if not (field.store and field.column_type) or field.name in values:
                continue
            if field.name in KEPT_COLUMNS[PERSON]:
                continue
            if field.type in _TEXTS or field.name in points:
                values[field.name] = None
        values |= {"club_completeness": None, "industry_id": None}
        moves = self.env["account.move"].search([("partner_id", "=", self.id)])
        if not moves:
            values |= {"parent_id": None, "commercial_partner_id": self.id}
        shown = moves._fields["invoice_partner_display_name"]
        with self.env.protecting([shown], moves):
            write_columns(self, values)
            self.modified([column for column in values if column in self._fields])
            self.env.flush_all()
        # what was computed back from the empty columns
        write_columns(self, {"complete_name": name, "club_number": None})

    def _club_erase_logins(self):
        """No login, no keys, no devices: by SQL, since stock would write him a letter
        that his login has changed."""
        users = self.user_ids
        for model in ("res.users.apikeys", "res.device.log", "auth_totp.device"):
            if model in self.env.registry:
                table = self.env.registry[model]._table
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE user_id = ANY(%s)",
                        SQL.identifier(table),
                        users.ids,
                    )
                )
        for user in users:
            write_columns(
                user,
                {
                    "login": f"erased-{user.id}",
                    "password": None,
                    "signature": None,
                    "active": False,
                },
            )
        users.invalidate_recordset(flush=False)


def write_columns(records, values):
    """Write columns past the ORM, see ``_club_blank``.

    :param values: ``{column: value}``; columns that are not there are passed over
    """
    there = {
        name: value
        for name, value in values.items()
        if name in records._fields and records._fields[name].store
    }
    if not records or not there:
        return
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET %s WHERE id = ANY(%s)",
            SQL.identifier(records._table),
            SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in there.items()
            ),
            records.ids,
        )
    )
    records.invalidate_recordset(list(there), flush=False)
