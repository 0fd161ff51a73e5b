from odoo import Command, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import get_lang

from ...tools.profile import Capture

MAX_ROWS = 30
LAST_YEAR = 2100
# What a plain form can ask for. A property that points at records has no list to
# choose from, so it is not among them.
_COLUMNS = {
    "char",
    "text",
    "integer",
    "selection",
    "date",
    "many2one",
    "many2many",
    "one2many",
}
_PROPERTIES = {
    "char",
    "text",
    "integer",
    "float",
    "boolean",
    "date",
    "selection",
    "tags",
}


class ClubProfilePoint(models.Model):
    """A point on a form that the person fills in himself."""

    _inherit = "club.profile.point"

    @api.model
    def _of_member(self, access=("read", "write")):
        """The points that a member sees in the portal, in the order of the catalogue.

        :param access: of ``member_access``
        """
        # sudo: the member has no rights on the catalogue, it says what he may see
        return self.sudo().search([("member_access", "in", access)])

    @api.model
    @tools.ormcache()
    def _member_weights(self):
        """``{point id: weight}`` of the points that the member may set himself."""
        points = self._of_member(["write"]).filtered(lambda p: p._fits_a_form())
        return {point.id: point.weight for point in points}

    def write(self, vals):
        res = super().write(vals)
        if "member_access" in vals:
            self.env.registry.clear_cache()
        return res

    def _fits_a_form(self):
        """Whether the member can set it on a plain form."""
        self.ensure_one()
        kinds = _PROPERTIES if self.is_property else _COLUMNS
        if self.is_derived or self.value_type not in kinds:
            return False
        return self.value_type != "one2many" or self._is_list()

    def _may_be_taken_off(self):
        """Columns of stock are needed by others: the language of letters stays."""
        self.ensure_one()
        return not self.is_derived and (
            self.is_confidential or self.is_property or self.key.startswith("club_")
        )

    def _is_list(self):
        """Whether it is a list of rows: children, goals."""
        return self._rows_model() is not None

    def _rows_model(self):
        """The model of the rows of a list, ``None`` of what is no list."""
        self.ensure_one()
        field = self._field()
        if field is None or field.type != "one2many":
            return None
        rows = self.env[field.comodel_name]
        return rows if hasattr(rows, "_club_fact") else None

    def _typed(self, value):
        """A kept value as a person types it: text, or a list of texts.

        Days are in the user's own writing; ``_parse`` reads all of it again.
        """
        self.ensure_one()
        if self.value_type in ("many2many", "tags"):
            return [str(part) for part in value or []]
        if value is None or value is False:
            return ""
        return _as_typed(self.env, self.value_type, value)

    def _in_words(self, value):
        """A kept value in full, as the person reads what the club knows of him."""
        self.ensure_one()
        rows = self._rows_model()
        if rows is None:
            return self._labels([value])(value)
        return "; ".join(rows._club_fact_in_words(fact) for fact in value or [])


class ClubProfileList(models.AbstractModel):
    """The rows of a list on a form: children, goals."""

    _inherit = "club.profile.list"

    @api.model
    def _club_row_fields(self):
        """``[(name, type, label, choices)]`` of what can be typed in a row."""
        return [
            (
                name,
                field.type,
                field._description_string(self.env),
                field._description_selection(self.env)
                if field.type == "selection"
                else [],
            )
            for name in self._club_fact_fields
            for field in [self._fields[name]]
        ]

    def _club_typed_row(self):
        """This row as a person types it: ``{name: text}``."""
        self.ensure_one()
        return {
            name: _as_typed(self.env, kind, self[name]) if self[name] else ""
            for name, kind, _label, _choices in self._club_row_fields()
        }

    @api.model
    def _club_parse_row(self, typed):
        """Values of a row, from what a person has typed; ``None`` of an empty one.

        :param typed: ``{name: text}``; other names are not looked at
        :raise UserError: it cannot be understood; the sentence says what is expected
        """
        title = self._club_fact_fields[0]
        texts = {
            name: str(typed.get(name) or "").replace("\x00", "").strip()
            for name in self._club_fact_fields
        }
        told = [n for n in texts if texts[n] and self._fields[n].type != "selection"]
        if not told:
            return None
        if not texts[title]:
            raise UserError(
                self.env._("Please say what it is called, or leave the row empty.")
            )
        Point = self.env["club.profile.point"]
        values = {}
        for name, kind, label, choices in self._club_row_fields():
            # a point of no table: it lends its reading of answers to the row's field
            reader = Point.new({"name": label, "key": name})
            parse = getattr(self, f"_club_parse_{kind}", None)
            text = texts[name]
            if not text:
                values[name] = bool(choices) and self.default_get([name]).get(name)
            elif parse:
                values[name] = parse(reader, text, name)
            else:
                values[name] = getattr(reader, f"_parse_{kind}")(text)
        return values

    def _club_parse_selection(self, reader, text, name):
        if text not in dict(self._fields[name]._description_selection(self.env)):
            raise UserError(
                self.env._(
                    "“%(answer)s” is not among the choices of “%(point)s”.",
                    answer=text[:80],
                    point=reader.name,
                )
            )
        return text

    def _club_parse_integer(self, reader, text, name):
        number = reader._parse_integer(text)
        if name == "progress" and number > 100:
            raise UserError(self.env._("Progress is a number from 0 to 100."))
        return number

    def _club_parse_date(self, reader, text, name):
        if name == "birthday":
            return reader._parse_date(text)
        day = reader._read_day(text)
        if not 1900 <= day.year <= LAST_YEAR:
            raise UserError(
                self.env._("“%s” is a day of our time.", text[:40]),
            )
        return day

    @api.model
    def _club_fact_in_words(self, fact):
        """A row as the ledger keeps it, in one sentence."""
        words = []
        for (_name, kind, _label, choices), value in zip(
            self._club_row_fields(), fact, strict=True
        ):
            if value is None or value is False:
                continue
            text = dict(choices).get(value) or _as_typed(self.env, kind, value)
            words.append(f"{text} %" if kind == "integer" else text)
        return f"{words[0]} ({', '.join(words[1:])})" if words[1:] else "".join(words)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_set_rows(self, point, rows, source):
        """Write a list of the card, as one fact.

        :param point: a point that is a list
        :param rows: list of ``(id, values)``; id is empty for a new row. Rows of the
            person that are not named go; of others' rows nothing is touched.
        :param source: one of ``SOURCES``
        """
        self.ensure_one()
        # sudo: the person has no right to write, the flow has checked what he may
        person_sudo = self.sudo().with_context(club_capture=Capture(source))
        mine = {row.id: row for row in person_sudo[point.key]}
        kept = [row_id for row_id, _values in rows if row_id in mine]
        commands = [Command.delete(row_id) for row_id in mine.keys() - {*kept}]
        for row_id, values in rows:
            if row_id not in mine:
                commands.append(Command.create(values))
            elif any(mine[row_id][name] != value for name, value in values.items()):
                commands.append(Command.update(row_id, values))
        person_sudo.write({point.key: commands})


def _as_typed(env, kind, value):
    if kind == "date":
        pattern = get_lang(env).date_format
        return fields.Date.to_date(value).strftime(pattern)
    return str(value)
