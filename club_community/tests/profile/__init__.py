from . import test_plan_chapter
