from . import apply
from . import card_check
from . import change
from . import club
from . import leave
from . import renewal
from . import seats
from . import access
