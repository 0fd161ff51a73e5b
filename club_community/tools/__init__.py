from . import period
from . import qr
