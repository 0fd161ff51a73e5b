from . import crm_lead
from . import club_membership
from . import res_partner
from . import club_figure
from . import res_partner_finder
from . import club_date
from . import mail_activity_plan
from . import res_partner_journey
