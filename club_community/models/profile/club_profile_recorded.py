import threading
from urllib.parse import urlsplit

from odoo import api, models
from odoo.http import request

from ...tools.profile import Capture, plain

# Paths of programs; the web client calls /web/dataset instead.
_PROGRAMS = ("/json/", "/jsonrpc", "/xmlrpc/")


def _path():
    """Path of the request that is being served; empty outside of one.

    While it serves XML-RPC and JSON-RPC, Odoo puts ``request`` away; the thread has
    kept where it came to.
    """
    if request:
        return request.httprequest.path
    return urlsplit(getattr(threading.current_thread(), "url", "")).path


class ClubProfileRecorded(models.AbstractModel):
    """Of a model whose columns are points: whatever is written is in the ledger.

    An ordinary ``create`` or ``write`` is enough, by whichever way it comes: form,
    import, portal, RPC. Two reads and one search for all records of a call, none
    where no point is written.
    """

    _name = "club.profile.recorded"
    _description = "Recorded in the Profile's Ledger"

    def _club_people(self):
        """``{record: person}``; the records of companies are left out."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        columns = self._club_columns(set().union(*vals_list))
        if not columns:
            return super().create(vals_list)
        capture = self._club_capture_of()
        records = super().create(vals_list)
        records._club_check_sources(columns, {}, capture)
        records._club_record(columns, {}, capture)
        return records

    def write(self, vals):
        columns = self._club_columns(vals.keys())
        if not columns:
            return super().write(vals)
        capture = self._club_capture_of()
        if capture.is_noted_by_caller:
            return super().write(vals)
        before = self._club_snapshot(columns)
        writer = self
        if any(self._fields[name.split(".")[0]].type == "one2many" for name in columns):
            # its rows are written one by one, but they are one fact
            whole = capture._replace(whole=True)
            writer = self.with_context(club_capture=whole)
        res = super(ClubProfileRecorded, writer).write(vals)
        # the row first: of two who write one card at once the second must fail to
        # serialise here, and be run again, before both add to the ledger
        self.flush_recordset()
        self._club_check_sources(columns, before, capture)
        self._club_record(columns, before, capture)
        return res

    def _club_columns(self, names):
        """``{column: point id}`` of the points among some columns."""
        tracked = self.env["club.profile.point"]._tracked(self._name)
        if "properties" in names:
            names = {*names, *(n for n in tracked if n.startswith("properties."))}
        return {name: tracked[name] for name in tracked.keys() & names}

    def _club_snapshot(self, columns):
        """``{(record id, column): value}`` as the ledger keeps it."""
        # sudo: a point may be set by somebody who may not read it
        records_sudo = self.sudo()
        records_sudo.fetch({name.split(".")[0] for name in columns} & {*self._fields})
        return {
            (record.id, name): record._club_plain(name)
            for record in records_sudo
            for name in columns
        }

    def _club_plain(self, name):
        """One value of one record, as JSON."""
        column, _dot, key = name.partition(".")
        value = self[column]
        if key:
            value = (value or {}).get(key)
            value = getattr(value, "ids", value)
            return plain(list(value) if isinstance(value, tuple) else value)
        field = self._fields[column]
        if field.type == "one2many":
            return plain([row._club_fact() for row in value])
        if field.type == "many2one":
            return plain(value.id)
        if field.relational:
            return plain(sorted(value.ids))
        return plain(value)

    def _club_record(self, columns, before, capture):
        """Tell the ledger what differs from before."""
        people = self._club_people()
        after = self._club_snapshot(columns)
        facts = [
            (people[record].id, point_id, was, now)
            for record in self
            if people.get(record)
            for name, point_id in columns.items()
            if (now := after[record.id, name]) != (was := before.get((record.id, name)))
            or now
        ]
        if facts:
            # sudo: whoever may write a card need not have rights on its ledger
            self.env["club.profile.value"].sudo()._record(facts, capture)

    def _club_capture_of(self):
        """Who is writing: as a flow says, else judged by the way it comes in."""
        capture = self.env.context.get("club_capture")
        if isinstance(capture, Capture):
            return capture
        if self.env.context.get("import_file"):
            return Capture("import")
        if _path().startswith(_PROGRAMS):
            return Capture("rpc")
        if self.env.user._is_internal() and not self.env.user._is_superuser():
            return Capture("manager")
        return Capture("member" if self.env.user._is_portal() else "system")

    def _club_check_sources(self, columns, before, capture):
        """Nothing is kept without the consent that its purpose needs.

        :raise UserError: a point that only the person's own words may set, or one
            whose purpose he has not agreed to; taking a fact off is always allowed
        """
        # sudo: the catalogue is the same for everybody
        points = self.env["club.profile.point"].sudo().browse(columns.values())
        guarded = points.filtered(
            lambda p: p.own_words_only
            or p.purpose_id.needs_consent
            or p.manager_access == "read"
        )
        if not guarded:
            return
        people = self._club_people()
        partners = self.env["res.partner"].concat(*people.values())
        consents = partners._club_consents(guarded.purpose_id)
        names = {point: point._column() for point in guarded}
        after = self._club_snapshot(set(names.values()))
        for record, person in people.items():
            for point, name in names.items():
                now = after[record.id, name]
                if now and now != before.get((record.id, name)):
                    consent = consents.get((person.id, point.purpose_id.id))
                    point._check_may_keep(person, capture.source, consent)


class ClubProfileList(models.AbstractModel):
    """Of a list on the card whose rows make one point together: children, goals."""

    _name = "club.profile.list"
    _description = "List of the Profile"

    # the column of the person, and which fields of a row are kept, its name first
    _club_list_field = None
    _club_fact_fields = ()

    def _club_fact(self):
        """This row as the ledger keeps it: a list of values, its name first."""
        self.ensure_one()
        return [plain(self[name]) for name in self._club_fact_fields]

    @api.model
    def _club_rows(self, facts):
        """Values to create rows anew from what the ledger keeps."""
        return [dict(zip(self._club_fact_fields, fact, strict=True)) for fact in facts]

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        people = Partner.browse({vals.get("partner_id") for vals in vals_list} - {None})
        with people._club_recording(self._club_list_field):
            return super().create(vals_list)

    def write(self, vals):
        people = self.partner_id
        if vals.get("partner_id"):
            people |= people.browse(vals["partner_id"])
        with people._club_recording(self._club_list_field):
            return super().write(vals)

    def unlink(self):
        with self.partner_id._club_recording(self._club_list_field):
            return super().unlink()
