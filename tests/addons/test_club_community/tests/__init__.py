from . import test_tours
from . import test_auto_renewal
from . import test_renewal_portal
from . import test_renewal_tour
from . import test_tour_seats
from . import test_tour_leave
from . import test_tour_apply
from . import test_tour_survey
