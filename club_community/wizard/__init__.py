from . import membership
from . import profile
from . import journey
from . import manager
from . import referral
from . import event
