from . import application
from . import period
from . import qr
