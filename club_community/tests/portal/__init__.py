from . import test_apply
from . import test_portal
from . import test_portal_change
from . import test_portal_leave
from . import test_qr
from . import test_renewal
from . import test_portal_seats
from . import test_portal_access
