from . import test_meeting
from . import test_first_hour
from . import test_contacts
