from . import test_plan_chapter
from . import test_ledger
from . import test_privacy
from . import test_merge_profile
