from . import test_first_hour
