from collections import namedtuple

# A record of a model, and what somebody would write on it and create beside it.
Thing = namedtuple("Thing", "record write create")
