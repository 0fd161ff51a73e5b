from . import test_places
from . import test_waiting
