from . import test_chain
from . import test_bind
from . import test_rewards
from . import test_reward_credit
from . import test_invitation
from . import test_tree
from . import test_referral_figures
