"""Who gets whom: people shared out fairly among managers. Plain arithmetic.

The doctests are the specification; ``tests/manager/test_distribute.py`` runs them.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass
class Portfolio:
    """A manager while people are shared out.

    ``capacity``: how many he can look after; ``load``: how many he has;
    ``cities``: where he works, none means everywhere.
    """

    key: Hashable
    capacity: int
    load: int = 0
    cities: frozenset = frozenset()

    @property
    def room(self) -> int:
        """
        >>> Portfolio("Anna", 10, 12).room
        0
        """
        return max(self.capacity - self.load, 0)

    @property
    def fullness(self) -> float:
        """The share of the capacity that is taken.

        >>> Portfolio("Anna", 10, 5).fullness
        0.5
        """
        return self.load / self.capacity if self.capacity > 0 else float("inf")


def share_out(
    people: Iterable[tuple[Hashable, Hashable]],
    portfolios: Iterable[Portfolio],
    any_city: bool = False,
    within_capacity: bool = True,
) -> tuple[dict, list]:
    """Give each person to the least busy manager who suits.

    First to those who work in his city, then to those who work everywhere, and with
    ``any_city`` to the others, too. Nobody gets more than he can look after, but
    without ``within_capacity``. The same input gives the same answer.

    :param people: pairs of a person and his city (None: not known)
    :param portfolios: managers, as they stand now; they are left as they are
    :return: ``{person: manager}``, and whom nobody can take

    Examples stand at the end of this file.
    """
    people, given, left = list(people), {}, []
    team = [Portfolio(p.key, p.capacity, p.load, p.cities) for p in portfolios]
    tiers = {
        city: _tiers(team, city, any_city) for city in {city for _p, city in people}
    }
    scarce = {city: len(tiers[city][0]) or len(team) for city in tiers}
    # sorted is stable: among equals the order of the people decides
    for person, city in sorted(people, key=lambda pair: scarce[pair[1]]):
        taker = next(
            filter(None, (_least_busy(tier, within_capacity) for tier in tiers[city])),
            None,
        )
        if taker:
            taker.load += 1
            given[person] = taker.key
        else:
            left.append(person)
    return given, left


def _tiers(team: list[Portfolio], city, any_city: bool) -> list[list[Portfolio]]:
    """Who is asked first, second and last for a person of a city."""
    if city is None:
        everywhere = [p for p in team if not p.cities]
        return [team] if any_city or not everywhere else [everywhere, team]
    tiers = [
        [p for p in team if city in p.cities],
        [p for p in team if not p.cities],
    ]
    return [*tiers, team] if any_city else tiers


def _least_busy(team: list[Portfolio], within_capacity: bool) -> Portfolio | None:
    able = [p for p in team if p.room or not within_capacity]
    return min(able, key=lambda p: (p.fullness, p.load, str(p.key)), default=None)


_EXAMPLES = """
Shares follow the capacity, not the heads:

>>> two = [Portfolio("Anna", 10), Portfolio("Boris", 20)]
>>> given, left = share_out([(n, None) for n in range(15)], two)
>>> sorted(given.values()).count("Anna"), sorted(given.values()).count("Boris")
(5, 10)
>>> left
[]

What a manager has already counts:

>>> two = [Portfolio("Anna", 10, load=8), Portfolio("Boris", 10)]
>>> given, left = share_out([(n, None) for n in range(6)], two)
>>> set(given.values())
{'Boris'}

The city first, then those of everywhere; others only where that is wished:

>>> team = [
...     Portfolio("Moscow", 1, cities=frozenset({"MSK"})),
...     Portfolio("Everywhere", 1),
...     Portfolio("Kazan", 5, cities=frozenset({"KZN"})),
... ]
>>> share_out([(1, "MSK"), (2, "MSK"), (3, "MSK")], team)
({1: 'Moscow', 2: 'Everywhere'}, [3])
>>> share_out([(1, "MSK"), (2, "MSK"), (3, "MSK")], team, any_city=True)[0][3]
'Kazan'

Whoever lives in a city with one manager comes before those whom anybody may take:

>>> given, left = share_out([(1, None), (2, "MSK")], team[:2])
>>> given[2], left
('Moscow', [])

Full is full, unless it is said that it does not matter:

>>> full = [Portfolio("Anna", 1, load=1), Portfolio("Boris", 2, load=4)]
>>> share_out([(1, None)], full)
({}, [1])
>>> share_out([(1, None)], full, within_capacity=False)
({1: 'Anna'}, [])
>>> share_out([(1, None)], [])
({}, [1])
"""
__test__ = {"share_out": _EXAMPLES}
