from . import club_chapter
from . import res_partner
from . import res_partner_search
from . import club_figure
from . import club_plan_chapter
