"""The topics of the table of rights: what their models are, and who may what."""

from .access_things import RIGHTS_OF_ACCESS, access_things
from .application_things import application_things
from .card_things import RIGHTS_OF_CARDS, card_things
from .city_things import RIGHTS_OF_CITIES, city_things
from .date_things import RIGHTS_OF_DATES, date_things
from .day_things import RIGHTS_OF_DAYS, day_things
from .event_change_things import RIGHTS_OF_EVENT_CHANGES, event_change_things
from .event_door_things import RIGHTS_OF_DOOR, door_things
from .event_invitation_things import RIGHTS_OF_INVITATIONS, event_invitation_things
from .event_place_things import RIGHTS_OF_PLACES, event_place_things
from .event_refund_things import RIGHTS_OF_REFUNDS, event_refund_things
from .event_waiting_things import RIGHTS_OF_EVENT_WAITING, event_waiting_things
from .event_who_things import RIGHTS_OF_WHO, who_things
from .first_hour_things import RIGHTS_OF_FIRST_HOUR, first_hour_things
from .journey_things import RIGHTS_OF_JOURNEY, journey_things
from .likeness_things import RIGHTS_OF_LIKENESS, likeness_things
from .link_things import RIGHTS_OF_LINKS, link_things
from .onboarding_things import RIGHTS_OF_ONBOARDING, onboarding_things
from .portfolio_things import RIGHTS_OF_PORTFOLIOS, portfolio_things
from .profile_things import RIGHTS_OF_PROFILE, profile_things
from .referral_doubt_things import RIGHTS_OF_REFERRAL_DOUBTS, referral_doubt_things
from .referral_invite_things import (
    RIGHTS_OF_REFERRAL_INVITATIONS,
    referral_invite_things,
)
from .referral_reward_things import (
    RIGHTS_OF_REFERRAL_REWARDS,
    referral_reward_things,
)
from .referral_things import RIGHTS_OF_REFERRALS, referral_things
from .renewal_things import renewal_things
from .segment_things import RIGHTS_OF_SEGMENTS, segment_things
from .survey_things import RIGHTS_OF_SURVEYS, survey_things

RIGHTS_OF_TOPICS = {
    **RIGHTS_OF_ACCESS,
    **RIGHTS_OF_CARDS,
    **RIGHTS_OF_CITIES,
    **RIGHTS_OF_DATES,
    **RIGHTS_OF_DAYS,
    **RIGHTS_OF_DOOR,
    **RIGHTS_OF_EVENT_CHANGES,
    **RIGHTS_OF_EVENT_WAITING,
    **RIGHTS_OF_FIRST_HOUR,
    **RIGHTS_OF_INVITATIONS,
    **RIGHTS_OF_JOURNEY,
    **RIGHTS_OF_LIKENESS,
    **RIGHTS_OF_LINKS,
    **RIGHTS_OF_ONBOARDING,
    **RIGHTS_OF_PLACES,
    **RIGHTS_OF_PORTFOLIOS,
    **RIGHTS_OF_PROFILE,
    **RIGHTS_OF_REFERRALS,
    **RIGHTS_OF_REFERRAL_INVITATIONS,
    **RIGHTS_OF_REFERRAL_REWARDS,
    **RIGHTS_OF_REFERRAL_DOUBTS,
    **RIGHTS_OF_REFUNDS,
    **RIGHTS_OF_SEGMENTS,
    **RIGHTS_OF_SURVEYS,
    **RIGHTS_OF_WHO,
}
# In this order: a row of a figure has the number of the newest row behind it, and is
# another one when a later topic makes more of them.
TOPICS = (
    *(application_things, renewal_things, access_things, city_things, link_things),
    *(date_things, likeness_things, profile_things, card_things, survey_things),
    *(event_place_things, event_refund_things, event_waiting_things, door_things),
    *(event_change_things, event_invitation_things, who_things),
    *(journey_things, segment_things, onboarding_things, first_hour_things),
    *(day_things, portfolio_things, referral_things),
    *(referral_invite_things, referral_reward_things, referral_doubt_things),
)
