from . import club_meeting_held
from . import club_day_note
from . import base_partner_merge
from . import club_trust_compare
