from . import club_meeting_held
from . import club_day_note
