from . import test_places
from . import test_invitation
