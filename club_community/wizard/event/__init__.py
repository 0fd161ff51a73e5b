from . import club_event_waiting_move
