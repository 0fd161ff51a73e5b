from . import club_profile_answer
