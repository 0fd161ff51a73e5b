from . import membership
from . import profile
from . import manager
from . import referral
from . import event
