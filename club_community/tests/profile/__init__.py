from . import test_plan_chapter
from . import test_ledger
from . import test_finder_names
from . import test_duplicate
from . import test_link
from . import test_watch
from . import test_contact
from . import test_dates
