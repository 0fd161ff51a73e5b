from . import test_activity_key, test_figures, test_moves, test_plans, test_rules
