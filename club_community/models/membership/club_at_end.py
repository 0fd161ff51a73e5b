"""What is looked at once when the transaction ends, however much happened in it."""

from collections import defaultdict


def waiting(env, key, look):
    """Ids that the end of this transaction looks at, by what they are of.

    :param key: the name of what is looked at, for ``taken``
    :param look: a method of an empty recordset, called without arguments when the
        transaction ends (``cr.precommit``); it asks ``taken`` for the ids
    :return: ``{what: set of ids}``, to be added to
    """
    precommit = env.cr.precommit
    if key not in precommit.data:
        precommit.data[key] = defaultdict(set)
        precommit.add(look)
    return precommit.data[key]


def taken(env, key):
    """The ids that waited, once: what is named from now on waits for another look."""
    return env.cr.precommit.data.pop(key, {})
