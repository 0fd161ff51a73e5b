from odoo import fields, models


class ResCompany(models.Model):
    """How welcome meetings are offered to newcomers (S2.04)."""

    _inherit = "res.company"

    club_meeting_minutes = fields.Integer(
        string="Length of a Welcome Meeting",
        default=15,
        help="In minutes. Times are offered every half hour, or one after another "
        "where a meeting is longer.",
    )
    club_meeting_notice_hours = fields.Integer(
        string="Notice for a Welcome Meeting",
        default=4,
        help="In hours: nothing is offered earlier than this from now.",
    )
    club_meeting_days = fields.Integer(
        string="Days Offered for a Welcome Meeting",
        default=10,
        help="Working days ahead for which times are offered.",
    )

    _club_meeting_in_reason = models.Constraint(
        """CHECK(club_meeting_minutes BETWEEN 5 AND 240
                 AND club_meeting_notice_hours BETWEEN 0 AND 336
                 AND club_meeting_days BETWEEN 1 AND 60)""",
        "A welcome meeting takes 5 to 240 minutes, is offered at most two weeks ahead "
        "of now at the earliest, and for 1 to 60 working days.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    club_meeting_minutes = fields.Integer(
        related="company_id.club_meeting_minutes", readonly=False
    )
    club_meeting_notice_hours = fields.Integer(
        related="company_id.club_meeting_notice_hours", readonly=False
    )
    club_meeting_days = fields.Integer(
        related="company_id.club_meeting_days", readonly=False
    )
