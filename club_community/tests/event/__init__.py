from . import test_places
from . import test_ticket_access
from . import test_ticket_price
from . import test_included
from . import test_voucher
from . import test_guest
from . import test_cancel
from . import test_transfer
