from . import test_meeting
from . import test_first_hour
from . import test_contacts
from . import test_day_actions, test_day_queries, test_day_reasons
