from . import test_chain
from . import test_bind
from . import test_fraud_table
from . import test_review
from . import test_merge
