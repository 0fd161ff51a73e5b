from . import test_places
from . import test_guest
from . import test_cancel
from . import test_transfer
