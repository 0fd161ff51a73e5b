from . import base_partner_merge_finder
from . import club_likeness
from . import club_erase
from . import base_partner_merge_profile
from . import club_consent_note
from . import club_profile_answer
from . import club_survey_send
