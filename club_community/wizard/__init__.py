from . import membership
from . import profile
from . import journey
from . import manager
from . import event
