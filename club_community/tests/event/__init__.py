from . import test_places
