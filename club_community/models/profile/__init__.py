from . import club_chapter
from . import res_partner
