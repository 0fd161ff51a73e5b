from . import membership
from . import profile
from . import journey
from . import event
