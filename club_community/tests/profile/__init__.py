from . import test_plan_chapter
from . import test_ledger
from . import test_survey
