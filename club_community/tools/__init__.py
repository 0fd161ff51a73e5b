from . import application
from . import period
from . import placing
from . import qr
from . import profile
