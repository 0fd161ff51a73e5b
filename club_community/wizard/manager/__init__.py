from . import base_partner_merge
from . import club_trust_compare
