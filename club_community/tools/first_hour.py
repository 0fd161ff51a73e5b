"""Who calls whom on which day: people spread over managers and days. Plain arithmetic.

The doctests are the specification; ``tests/manager/test_first_hour.py`` runs them.
"""

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta

FRIDAY = 4


def workdays(first: date, last: date) -> list[date]:
    """Mondays to Fridays from ``first`` to ``last``, both included.

    >>> [day.day for day in workdays(date(2026, 12, 3), date(2026, 12, 8))]
    [3, 4, 7, 8]
    >>> workdays(date(2026, 12, 5), date(2026, 12, 6))
    []
    """
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() <= FRIDAY]


def days_needed(people: int, a_day: int, first: date) -> date | None:
    """The working day on which so many people are done, at so many a day.

    >>> days_needed(21, 10, date(2026, 12, 3))  # Thursday, Friday, Monday
    datetime.date(2026, 12, 7)
    >>> days_needed(0, 10, date(2026, 12, 5))
    datetime.date(2026, 12, 7)
    >>> days_needed(5, 0, date(2026, 12, 3)) is None
    True
    """
    if a_day <= 0:
        return None
    left, day = max(-(-people // a_day), 1), first
    while True:
        left -= day.weekday() <= FRIDAY
        if not left:
            return day
        day += timedelta(days=1)


def share(people: Sequence, rooms: Sequence[int], evenly: bool) -> list[Sequence]:
    """Cut a list into days, none of them longer than its room.

    As soon as possible, or evenly over all days:

    >>> share("abcde", [2, 0, 9, 9], evenly=False)
    ['ab', '', 'cde', '']
    >>> share("abcde", [2, 0, 9, 9], evenly=True)
    ['', '', 'ab', 'cde']
    >>> share("abcd", [5, 5, 5, 5], evenly=True)
    ['a', 'b', 'c', 'd']
    >>> [len(day) for day in share(range(17), [5, 5, 1, 9], evenly=True)]
    [4, 4, 1, 8]

    What has no room is not in it:

    >>> share("abcde", [1, 2], evenly=True), share("abcde", [1, 2], evenly=False)
    (['a', 'bc'], ['a', 'bc'])
    """
    all_room = sum(rooms)
    count = min(len(people), all_room)
    cut, done, past = [], 0, 0
    for room in rooms:
        past += room
        until = count * past // (all_room or 1) if evenly else min(past, count)
        cut.append(people[done:until])
        done = until
    return cut


def spread(
    people: Iterable[tuple[Hashable, Hashable | None]],
    rooms: Mapping[Hashable, Sequence[int]],
    evenly: bool = False,
    others_help: bool = True,
) -> dict:
    """Give each person a manager and the number of a day, within their capacity.

    :param people: ``(person, own manager or None)``, the most important first
    :param rooms: of each manager, how many more people he takes on each day
    :param evenly: over all days; else the first days are filled
    :param others_help: whose own manager has no room, or is not among them, goes to
        another one
    :return: ``{person: (manager, number of the day)}``; whoever does not fit is not
        in it

    The own manager comes first; whoever has none goes to who is least busy:

    >>> rooms = {"Ann": [1, 1], "Bob": [1, 1]}
    >>> spread([(1, "Bob"), (2, None), (3, None), (4, "Bob")], rooms) == {
    ...     1: ("Bob", 0), 4: ("Bob", 1), 2: ("Ann", 0), 3: ("Ann", 1)}
    True

    Where his days are full others help, or the person is left:

    >>> full = [(1, "Bob"), (2, "Bob"), (3, "Bob"), (4, "Carl")]
    >>> spread(full, rooms)[3], spread(full, rooms)[4]
    (('Ann', 0), ('Ann', 1))
    >>> sorted(spread(full, rooms, others_help=False))
    [1, 2]

    Nobody has more on a day than he can do; the least important are left:

    >>> rooms = {"Ann": [2, 0, 1], "Bob": [0, 3]}
    >>> found = spread([(n, None) for n in range(10)], rooms)
    >>> sorted(found)
    [0, 1, 2, 3, 4, 5]
    >>> sorted(found.values())
    [('Ann', 0), ('Ann', 0), ('Ann', 2), ('Bob', 1), ('Bob', 1), ('Bob', 1)]

    Fair by what each can do:

    >>> found = spread([(n, None) for n in range(9)], {"Ann": [20], "Bob": [10]})
    >>> [who for who, _day in found.values()].count("Ann")
    6
    """
    people = list(people)
    room = {manager: sum(days) for manager, days in rooms.items()}
    given = _own_managers(people, room)
    _least_busy(people, rooms, room, given, others_help)
    by_manager = {manager: [] for manager in rooms}
    for number in sorted(given):
        by_manager[given[number]].append(people[number][0])
    return {
        person: (manager, day)
        for manager, those in by_manager.items()
        for day, of_day in enumerate(share(those, rooms[manager], evenly))
        for person in of_day
    }


def _own_managers(people, room):
    """Who goes to his own manager: ``{place in the list: manager}``; takes his room."""
    given = {}
    for number, (_person, own) in enumerate(people):
        if room.get(own):
            given[number] = own
            room[own] -= 1
    return given


def _least_busy(people, rooms, room, given, others_help):
    """Give the others to the manager of whose time the least part is taken."""
    all_room = {manager: sum(days) or 1 for manager, days in rooms.items()}
    # at a tie who stands first
    heap = [
        (1 - room[manager] / all_room[manager], place, manager)
        for place, manager in enumerate(rooms)
        if room[manager]
    ]
    heapq.heapify(heap)
    for number, (_person, own) in enumerate(people):
        if not heap or number in given or (own is not None and not others_help):
            continue
        _busy, place, manager = heapq.heappop(heap)
        given[number] = manager
        room[manager] -= 1
        if left := room[manager]:
            heapq.heappush(heap, (1 - left / all_room[manager], place, manager))
