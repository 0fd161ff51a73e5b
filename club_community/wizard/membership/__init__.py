from . import base_partner_merge
from . import club_membership_sell
