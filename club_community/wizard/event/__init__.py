from . import club_event_free_place
from . import club_event_cancel_wizard
from . import club_event_place_cancel
from . import club_event_transfer_wizard
from . import club_event_waiting_move
from . import club_event_invite
