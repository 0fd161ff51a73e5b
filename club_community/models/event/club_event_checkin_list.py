from odoo import models


class EventEvent(models.Model):
    """The door on paper: for a house without a network."""

    _inherit = "event.event"

    def _club_on_the_list(self):
        """Who may come in, by name; nobody who has cancelled or not paid."""
        coming = self.registration_ids.filtered(lambda r: r.state in ("open", "done"))
        return coming.sorted(lambda r: ((r.name or "").casefold(), r.id))

    def _club_door_list(self):
        """Rows of the printed list.

        :return: list of dicts: ``name``, ``company``, ``host``, ``level``, ``ticket``,
            ``slot``, ``is_in``
        """
        self.ensure_one()
        rows = []
        for registration in self._club_on_the_list():
            # sudo: the desk reads no contacts of other people
            person_sudo = registration._club_person().sudo()
            rows.append(
                {
                    "name": registration.display_name,
                    "company": registration.company_name or "",
                    "host": registration._club_host().sudo().name or "",
                    "level": person_sudo.grade_id.name or "",
                    "ticket": registration.event_ticket_id.name or "",
                    "slot": registration.event_slot_id.display_name or "",
                    "is_in": registration.state == "done",
                }
            )
        return rows
