from . import club_event_invite
