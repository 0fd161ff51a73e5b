from . import test_meeting
from . import test_meeting_handover
from . import test_first_hour
from . import test_contacts
from . import test_day_actions, test_day_offer, test_day_queries, test_day_reasons
from . import (
    test_absence,
    test_assignment,
    test_distribute,
    test_handover,
    test_promise,
    test_trust,
)
