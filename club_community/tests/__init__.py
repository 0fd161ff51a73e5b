# Odoo finds the names that begin with "test_" in this package, and no deeper: each
# room's package names its modules, and the star brings the names up here.
from . import test_module, test_performance
from .event import *
from .journey import *
from .manager import *
from .membership import *
from .portal import *
from .profile import *
from .referral import *
from .security import *
