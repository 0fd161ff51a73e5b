from . import test_chain
from . import test_bind
from . import test_invitation
