from . import club_meeting_held
