from . import (
    test_activity_key,
    test_matrix,
    test_moves,
    test_plans,
    test_rules,
    test_segments,
)
from . import test_figures
from . import test_in_use
from . import test_onboarding
from . import test_stage_names
from . import test_whole_life
