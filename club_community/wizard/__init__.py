from . import membership
from . import profile
