from . import (
    test_activity_key,
    test_matrix,
    test_moves,
    test_plans,
    test_rules,
    test_segments,
)
from . import test_activity_key, test_figures, test_moves, test_plans, test_rules
from . import test_activity_key, test_moves, test_onboarding, test_plans, test_rules
