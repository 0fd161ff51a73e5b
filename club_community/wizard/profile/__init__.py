from . import club_erase
from . import base_partner_merge_profile
