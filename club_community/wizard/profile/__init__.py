from . import club_survey_send
