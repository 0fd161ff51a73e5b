from . import test_profile_attack
from . import test_rights
from . import test_rights_of_access
