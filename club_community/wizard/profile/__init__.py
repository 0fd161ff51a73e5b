from . import club_likeness
