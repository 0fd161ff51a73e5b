from . import base_partner_merge
from . import club_referral_refuse
from . import club_referral_change
