from . import test_places
from . import test_invitation
from . import test_after
from . import test_event_figures
from . import test_series
