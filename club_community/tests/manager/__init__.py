from . import (
    test_absence,
    test_assignment,
    test_distribute,
    test_handover,
    test_promise,
    test_trust,
)
