from odoo import fields, models

from ..membership.res_partner import CLUB_USER

FACT = {"groups": CLUB_USER, "prefetch": "club_profile", "copy": False}

YES_NO = [("yes", "Yes"), ("no", "No")]


class ResPartner(models.Model):
    """The points of the profile that stand on the contact, by section (S0.20).

    None is read with the contact unless it is asked for (``prefetch``), and nobody
    outside the club knows the columns (``groups``): stock screens pay nothing.
    A yes or no is a choice, since a box that is not ticked does not say “no”.
    The catalogue ``club.profile.point`` says what each is for.
    """

    _inherit = "res.partner"

    # --- How to reach me (S0.03); the language is stock's ``lang``
    club_channel = fields.Selection(
        [
            ("phone", "Phone call"),
            ("message", "Text message"),
            ("messenger", "Messenger"),
            ("email", "E-mail"),
            ("person", "In person"),
            ("assistant", "Through the assistant"),
        ],
        string="Best Way to Reach",
        **FACT,
    )
    club_hours = fields.Selection(
        [
            ("morning", "In the morning"),
            ("day", "In the daytime"),
            ("evening", "In the evening"),
            ("any", "At any time"),
        ],
        string="Good Time of Day",
        **FACT,
    )
    club_quiet_days = fields.Char(string="Days Not to Disturb", **FACT)
    club_pace = fields.Selection(
        [
            ("week", "Every week"),
            ("month", "Once a month"),
            ("quarter", "Once in three months"),
            ("need", "Only when needed"),
        ],
        string="How Often to Write",
        **FACT,
    )
    club_messenger = fields.Char(string="Name in the Messenger", **FACT)
    club_second_phone = fields.Char(string="Second Phone", **FACT)
    club_assistant = fields.Char(string="Assistant", **FACT)
    club_assistant_contact = fields.Char(string="Assistant's Phone or E-mail", **FACT)
    # --- The person
    club_birthday = fields.Date(string="Birthday", **FACT)
    club_name_day = fields.Date(string="Name Day", **FACT)
    club_family_status = fields.Selection(
        [
            ("single", "On one's own"),
            ("couple", "In a couple"),
            ("married", "Married"),
        ],
        string="Family Status",
        **FACT,
    )
    club_wedding_day = fields.Date(string="Wedding Day", **FACT)
    club_relative_ids = fields.One2many(
        "club.relative", "partner_id", string="Children and Family", **FACT
    )
    club_birth_city = fields.Char(string="City of Birth", **FACT)
    club_language_ids = fields.Many2many(
        "res.lang",
        "club_partner_language_rel",
        string="Languages",
        context={"active_test": False},
        **FACT,
    )
    club_food = fields.Char(string="Food and Allergies", **FACT)
    club_pets = fields.Char(string="Pets", **FACT)
    club_address_as = fields.Char(string="How to Address", **FACT)
    # --- Work
    club_role = fields.Selection(
        [
            ("owner", "Owner"),
            ("partner", "Partner"),
            ("ceo", "Head of the company"),
            ("manager", "Manager"),
            ("expert", "Specialist"),
            ("self", "Works for himself"),
            ("investor", "Investor"),
            ("retired", "Retired"),
        ],
        string="Role in the Business",
        **FACT,
    )
    club_industry_id = fields.Many2one(
        "res.partner.industry", string="Field of Work", index="btree_not_null", **FACT
    )
    club_company_size = fields.Selection(
        [
            ("1", "On one's own"),
            ("10", "2 to 10 people"),
            ("50", "11 to 50 people"),
            ("250", "51 to 250 people"),
            ("1000", "251 to 1,000 people"),
            ("more", "More than 1,000 people"),
        ],
        string="Size of the Company",
        **FACT,
    )
    club_company_stage = fields.Selection(
        [
            ("idea", "Just beginning"),
            ("growth", "Growing"),
            ("stable", "Steady"),
            ("change", "Changing"),
            ("sale", "Being sold or handed on"),
        ],
        string="Stage of the Company",
        **FACT,
    )
    club_business_since = fields.Integer(
        string="In Business Since", help="A year.", **FACT
    )
    club_business_day = fields.Date(string="Company's Birthday", **FACT)
    club_boards = fields.Char(string="Positions on Boards", **FACT)
    club_education = fields.Char(string="Education", **FACT)
    club_expertise = fields.Char(string="Known For", **FACT)
    club_next_step = fields.Char(string="Next Professional Goal", **FACT)
    # --- Interests and circles (S0.04)
    club_interest_ids = fields.Many2many(
        "club.interest",
        "club_interest_partner_rel",
        "partner_id",
        "interest_id",
        string="Circles",
        domain=[("kind", "=", "circle")],
        **FACT,
    )
    club_sport_ids = fields.Many2many(
        "club.interest",
        "club_sport_partner_rel",
        "partner_id",
        "interest_id",
        string="Sports",
        domain=[("kind", "=", "sport")],
        **FACT,
    )
    club_travel_ids = fields.Many2many(
        "club.interest",
        "club_travel_partner_rel",
        "partner_id",
        "interest_id",
        string="Ways to Travel",
        domain=[("kind", "=", "travel")],
        **FACT,
    )
    club_charity = fields.Char(string="Charity", **FACT)
    club_reading = fields.Char(string="Reads and Listens To", **FACT)
    club_event_taste = fields.Selection(
        [
            ("talks", "Talks and lectures"),
            ("dinner", "Small dinners"),
            ("sport", "Sport together"),
            ("trips", "Trips"),
            ("family", "With the family"),
            ("online", "Online"),
        ],
        string="Likes to Meet At",
        **FACT,
    )
    club_other_clubs = fields.Char(string="Other Clubs", **FACT)
    club_favourite_places = fields.Char(string="Favourite Places", **FACT)
    # --- What I expect of the club (S2.11)
    club_goal_ids = fields.One2many(
        "club.goal", "partner_id", string="Goals in the Club", **FACT
    )
    club_expects = fields.Char(string="Expects of the Club", **FACT)
    club_gives = fields.Char(string="Can Give", **FACT)
    club_seeks = fields.Char(string="Looks For", **FACT)
    club_topics = fields.Char(string="Could Speak On", **FACT)
    club_wants_to_meet = fields.Char(string="Wants to Meet", **FACT)
    club_mentoring = fields.Selection(
        [
            ("mentor", "Would be a mentor"),
            ("learner", "Looks for a mentor"),
            ("both", "Both"),
            ("no", "Neither"),
        ],
        string="Mentoring",
        **FACT,
    )
    club_hosting = fields.Selection(YES_NO, string="Would Host a Meeting", **FACT)
    club_newcomer_help = fields.Selection(
        YES_NO, string="Would Help a Newcomer", **FACT
    )
