from . import test_places
from . import test_ticket_access
from . import test_ticket_price
from . import test_included
from . import test_voucher
