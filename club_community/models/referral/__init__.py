from . import res_partner
from . import res_partner_brought
from . import res_partner_chain
