from . import club_chapter
from . import res_partner
from . import club_figure
from . import club_plan_chapter
