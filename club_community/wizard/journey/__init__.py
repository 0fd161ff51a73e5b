from . import base_partner_merge
from . import club_stage_move_wizard
from . import club_stage_dry_run
from . import club_offer
from . import base_partner_merge_onboarding
