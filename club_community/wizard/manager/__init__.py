from . import club_day_note
