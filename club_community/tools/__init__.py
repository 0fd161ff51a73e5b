from . import application
from . import likeness_of_names
from . import period
from . import placing
from . import qr
from . import profile
from . import dates
from . import referral_code
