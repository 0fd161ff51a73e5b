from . import base_partner_merge_finder
from . import club_likeness
