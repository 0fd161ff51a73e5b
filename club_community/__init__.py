from . import controllers, models, tools, wizard


def uninstall_hook(env):
    """What the database keeps of ours beside tables: the function of a trigger."""
    env.cr.execute("DROP FUNCTION IF EXISTS club_referral_no_circle() CASCADE")
