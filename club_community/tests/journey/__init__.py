from . import test_activity_key, test_moves, test_onboarding, test_plans, test_rules
