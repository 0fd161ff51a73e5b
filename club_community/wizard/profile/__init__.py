from . import club_erase
