from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER

# What may make a card look like a dream account's, or lead to one.
WATCHED = frozenset({"name", "company_name", "vat", "email", "website", "is_company"})
WATCHED_LINKS = frozenset({"parent_id", "active", "company_id"})


class ResPartner(models.Model):
    """Duplicates, links and the watch-list on the card (S4.11): nothing is stored."""

    _inherit = "res.partner"

    club_duplicate_count = fields.Integer(
        string="Possible Duplicates",
        compute="_compute_club_likeness",
        groups=CLUB_USER,
    )
    club_link_count = fields.Integer(
        string="Links", compute="_compute_club_likeness", groups=CLUB_USER
    )
    club_watch_count = fields.Integer(
        string="Watch-list", compute="_compute_club_likeness", groups=CLUB_USER
    )
    club_link_html = fields.Html(
        string="Links in Words",
        compute="_compute_club_link_html",
        sanitize=False,
        groups=CLUB_USER,
    )

    def _compute_club_likeness(self):
        """One query for all three; none for people who are not of the club."""
        counts = {}
        if shown := self.filtered(lambda partner: partner._club_shows_likeness()):
            counts = {row[0]: row[1:] for row in self._club_count_likeness(shown)}
        for partner in self:
            (
                partner.club_duplicate_count,
                partner.club_link_count,
                partner.club_watch_count,
            ) = counts.get(partner.id, (0, 0, 0))

    def _club_count_likeness(self, partners):
        for model in ("club.duplicate", "club.link", "club.watch.hit"):
            self.env[model].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT partner_id, sum(duplicates), sum(links), sum(hits) FROM (
                    SELECT unnest(ARRAY[partner_id, other_id]) AS partner_id,
                           1 AS duplicates, 0 AS links, 0 AS hits, company_id
                      FROM club_duplicate
                     WHERE state = 'open'
                       AND (partner_id = ANY(%(ids)s) OR other_id = ANY(%(ids)s))
                     UNION ALL
                    SELECT unnest(ARRAY[from_id, to_id]), 0, 1, 0, company_id
                      FROM club_link
                     WHERE active
                       AND (from_id = ANY(%(ids)s) OR to_id = ANY(%(ids)s))
                     UNION ALL
                    SELECT unnest(CASE WHEN partner_id = firm_id THEN ARRAY[firm_id]
                                       ELSE ARRAY[partner_id, firm_id] END),
                           0, 0, 1, company_id
                      FROM club_watch_hit
                     WHERE state <> 'wrong'
                       AND (partner_id = ANY(%(ids)s) OR firm_id = ANY(%(ids)s))
                ) facts
                 WHERE company_id IS NULL OR company_id = ANY(%(companies)s)
                 GROUP BY partner_id
                """,
                ids=partners.ids,
                companies=self.env.companies.ids,
            )
        )

    @api.depends_context("lang")
    def _compute_club_link_html(self):
        """Both directions in words: “owner of X”, and in X's card “owned by”."""
        linked = self.filtered("club_link_count")
        links = self.env["club.link"]
        if linked:
            links = links.search(
                ["|", ("from_id", "in", linked.ids), ("to_id", "in", linked.ids)]
            )
        for partner in self:
            own = links.filtered(lambda link, who=partner: who in link._ends())
            lines = Markup("").join(
                Markup("<li>%s</li>") % link._said_of(partner) for link in own
            )
            partner.club_link_html = lines and Markup("<ul>%s</ul>") % lines

    def _club_shows_likeness(self):
        """Whether this card is worth a look; from columns that are read anyway."""
        self.ensure_one()
        return bool(
            self.id and (self.is_company or self.club_state or self.club_chapter_id)
        )

    @api.model
    def _club_sql_people(self, alias):
        """SQL that says whether a card is of the club; lower rooms add theirs.

        :param alias: alias of ``res_partner`` in the query
        """
        row = SQL.identifier(alias)
        return SQL(
            "(%(row)s.club_state IS NOT NULL OR %(row)s.club_chapter_id IS NOT NULL)",
            row=row,
        )

    # --- Steps ----------------------------------------------------------------------

    def action_club_find_duplicates(self):
        """Look for other cards of this person now, and show what was found.

        A list that is empty says so; decided pairs are behind a filter.
        """
        self.ensure_one()
        self.env["club.duplicate"]._find(self.ids)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_duplicate_action"
        )
        action["domain"] = [
            "|",
            ("partner_id", "=", self.id),
            ("other_id", "=", self.id),
        ]
        return action

    def action_club_links(self):
        """Links from and to this card."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_link_action"
        )
        action["domain"] = ["|", ("from_id", "=", self.id), ("to_id", "=", self.id)]
        action["context"] = {"default_from_id": self.id}
        return action

    def action_club_watch_hits(self):
        """What of this card is on the watch-list."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_watch_hit_action"
        )
        action["domain"] = [
            "|",
            ("partner_id", "=", self.id),
            ("firm_id", "=", self.id),
        ]
        action["context"] = {}
        return action

    def _club_export_more(self):
        """Links to companies; those to people tell of others as well."""
        links = self.env["club.link"].search(
            [
                "|",
                "&",
                ("from_id", "=", self.id),
                ("to_id.is_company", "=", True),
                "&",
                ("to_id", "=", self.id),
                ("from_id.is_company", "=", True),
            ]
        )
        return {**super()._club_export_more(), "links": links.mapped("display_name")}

    def _club_erase_records(self):
        res = super()._club_erase_records()
        self._club_forget_finds()
        return res

    def _club_forget_finds(self):
        """Forget pairs, links and finds of these people: they asked for erasure.

        For whatever erases a person; archived rows, decided ones and the tasks that
        came of them go too. Cards of others keep nothing but numbers of theirs.
        """
        # sudo: whoever erases a person need not have rights on each of these
        env = self.sudo().with_context(active_test=False).env
        for model, names in (
            ("club.duplicate", ("partner_id", "other_id")),
            ("club.watch.hit", ("partner_id", "firm_id")),
            ("club.link", ("from_id", "to_id")),
        ):
            rows = env[model].search(
                Domain.OR(Domain(name, "in", self.ids) for name in names)
            )
            if model == "club.watch.hit":
                rows.activity_id.unlink()
            rows.unlink()

    # --- The watch-list hears of changes ----------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._club_look_for_watched(
            is_far=any(vals.get("parent_id") for vals in vals_list)
        )
        return partners

    def write(self, vals):
        res = super().write(vals)
        if is_far := bool(WATCHED_LINKS & vals.keys()):
            self._club_look_for_watched(is_far)
        elif WATCHED & vals.keys():
            self._club_look_for_watched()
        return res

    def _club_look_for_watched(self, is_far=False):
        """Compare these cards with the watch-list, in the transaction that changes
        them. No query at all where the list is empty.

        :param is_far: not their names have changed but their links, so whatever is
            linked to them is looked at as well
        """
        watch = self.env["club.watch"]
        if self and watch._has_entries():
            # sudo: whoever saves a contact need not know of the watch-list
            watch.sudo()._look(watch._around(self.ids) if is_far else self.ids)

    def _club_watch_responsible(self):
        """Who is told that this person belongs to a dream account.

        The room of the personal managers puts them first.

        :return: a ``res.users``, empty if the club has nobody
        """
        self.ensure_one()
        # sudo: the finder runs for whoever saves a contact
        partner_sudo = self.sudo()
        if membership_sudo := partner_sudo.club_membership_id:
            return membership_sudo._responsible_user()
        group_sudo = self.env.ref("club_community.group_club_manager").sudo()
        company = partner_sudo.company_id
        managers = group_sudo.all_user_ids.filtered(
            lambda user: user.active and (not company or company in user.company_ids)
        )
        return managers.sorted("id")[:1].sudo(False)
