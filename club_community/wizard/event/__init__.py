from . import club_event_free_place
