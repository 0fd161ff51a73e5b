from . import test_day_actions, test_day_queries, test_day_reasons
