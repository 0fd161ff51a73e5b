from odoo import Command, models
from odoo.exceptions import UserError


class ClubEntitlement(models.Model):
    """What each kind of access means outside the ledger.

    A driver is three methods on rows of one kind and one resource (``self.res_id``
    reads it), called as superuser in the transaction of the payment:

    * ``_give_<kind>()`` opens the access and returns ``{reason: rows}`` for those who
      cannot have it yet, or nothing. The reason is a sentence for the manager.
    * ``_take_<kind>()`` closes it. The rows are ``taken`` in the ledger by then, so
      what other rows still open can be asked there.
    * ``_has_<kind>()`` returns those rows whose access is really open.

    Each works on all rows at once (no query per row), may be called again for what is
    done already, and raises ``UserError`` with a sentence when the resource itself is
    not there: the rows are then ``failed``, and the nightly check tries again.
    """

    _inherit = "club.entitlement"

    def _resource(self):
        """What these rows of one kind open.

        :raise UserError: it was deleted
        """
        if resource := self._resource_or_none():
            return resource
        raise UserError(
            self.env._(
                "It does not exist any more. Choose another one in the list of the "
                "plan, or take the line off."
            )
        )

    def _resource_or_none(self):
        Line = self.env["club.plan.entitlement"]
        field = Line._fields[Line._resource_fields()[self[:1].kind]]
        return self.env[field.comodel_name].browse(self[:1].res_id).exists()

    # --- Level: computed on the person, the ledger only records it ------------------

    def _give_level(self):
        wrong = self - self._has_level()
        wrong.partner_id.modified(["club_membership_ids"])

    def _take_level(self):
        self._has_level().partner_id.modified(["club_membership_ids"])

    def _has_level(self):
        """Level and member prices, compared with what the plan gives."""
        level = self._resource_or_none()
        mine = self.filtered(lambda row: level and row.partner_id.grade_id == level)
        prices = level.default_pricelist_id
        if not prices.active:
            return mine
        Pricelist = self.env["product.pricelist"]
        priced = self.browse()
        for company, rows in mine.grouped("company_id").items():
            if prices.company_id and prices.company_id != company:
                priced |= rows  # not sold in this company
                continue
            found = Pricelist.with_company(company)._get_partner_pricelist_multi(
                rows.partner_id.ids
            )
            priced |= rows.filtered(
                lambda row, found=found: (
                    row.state == "taken" or found[row.partner_id.id] == prices
                )
            )
        return priced

    # --- Channel --------------------------------------------------------------------

    def _give_channel(self):
        channel = self._resource()
        if not channel.active:
            raise UserError(self.env._("The channel is archived."))
        there = self._channel_members(channel, self.partner_id).partner_id
        people = self.partner_id - there
        if len(people) == 1:
            channel._add_members(partners=people, post_joined_message=False)
            return
        # stock asks three queries for each to show it the channel at once: those of a
        # batch see it when they next open a page
        self.env["discuss.channel.member"].create(
            [{"channel_id": channel.id, "partner_id": p.id} for p in people]
        )

    def _take_channel(self):
        """Leave an employee in: he is there by his work."""
        if channel := self._resource_or_none():
            guests = self.filtered(
                lambda row: not row.partner_id.user_ids.filtered(
                    lambda user: not user.share
                )
            )
            self._leave_channels(channel, guests.partner_id)

    def _has_channel(self):
        members = self._channel_members(self._resource_or_none(), self.partner_id)
        return self.filtered(lambda row: row.partner_id in members.partner_id)

    def _channel_members(self, channels, partners):
        return self.env["discuss.channel.member"].search_fetch(
            [("channel_id", "in", channels.ids), ("partner_id", "in", partners.ids)],
            ["channel_id", "partner_id"],
        )

    def _leave_channels(self, channels, partners):
        """Put people out of channels; not their own doing, so they may be put back."""
        members = self._channel_members(channels, partners)
        for channel, gone in members.grouped("channel_id").items():
            channel.message_unsubscribe(gone.partner_id.ids)
        members.with_context(club_put_out=True).unlink()

    # --- Member group -----------------------------------------------------------------

    def _give_group(self):
        group = self._resource()
        held, users = {}, self.env["res.users"]
        for row in self:
            logins = row.partner_id.user_ids
            if logins.filtered(lambda user: not user.share):
                reason = self.env._(
                    "An employee's login cannot be in a group of members: he sees the "
                    "club by his work."
                )
            elif not (portal := logins.filtered(lambda user: user._is_portal())):
                reason = self.env._("The member has no portal login yet.")
            else:
                users |= portal
                continue
            held[reason] = held.get(reason, self.browse()) | row
        missing = users.filtered(lambda user: group not in user.group_ids)
        if missing:
            missing.with_context(club_drives=True).write(
                {"group_ids": [Command.link(group.id)]}
            )
        return held

    def _take_group(self):
        """Odoo puts people into channels with a group, and never out with it."""
        group = self._resource_or_none()
        users = self._users_in(group)
        if not users:
            return
        users.with_context(club_drives=True).write(
            {"group_ids": [Command.unlink(group.id)]}
        )
        channels = self.env["discuss.channel"].search(
            [
                "|",
                ("group_public_id", "in", group.all_implied_ids.ids),
                ("group_ids", "in", group.all_implied_ids.ids),
            ]
        )
        for channel in channels:
            self._leave_channels(channel, self._without_right(users, channel))

    def _has_group(self):
        members = self._users_in(self._resource_or_none()).partner_id
        return self.filtered(lambda row: row.partner_id in members)

    def _users_in(self, group):
        """The logins of these rows' people that are in a group themselves."""
        return self.env["res.users"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("group_ids", "in", group.ids),
            ]
        )

    def _without_right(self, users, channel):
        """The people who have no other way into a channel: no open row of the ledger
        and no other group that it is open to.

        :return: ``res.partner`` recordset
        """
        entitled = self.search(
            [
                ("kind", "=", "channel"),
                ("res_id", "=", channel.id),
                ("state", "=", "given"),
                ("partner_id", "in", users.partner_id.ids),
            ]
        ).partner_id
        doors = channel.group_ids | channel.group_public_id
        others = users.filtered(lambda user: not user.all_group_ids & doors)
        return others.partner_id - entitled

    # --- Benefit: it lives in the ledger alone --------------------------------------

    def _give_service(self):
        """Nothing outside the ledger."""

    def _take_service(self):
        """Nothing outside the ledger."""

    def _has_service(self):
        return self.filtered(lambda row: row.state == "given")
