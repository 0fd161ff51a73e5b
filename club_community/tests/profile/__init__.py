from . import test_plan_chapter
from . import test_ledger
from . import test_survey
from . import test_event_answers
from . import test_seven_ways
