from . import membership
from . import profile
from . import event
