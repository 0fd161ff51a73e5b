from . import base_partner_merge
from . import club_change_wizard
from . import club_leave_wizard
from . import club_application_answer
from . import club_application_approve
from . import club_membership_sell
from . import club_seat_assign
from . import club_pause_wizard
