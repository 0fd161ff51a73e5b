"""Pages that are made from the addon say what it says."""

from club_dev import docs


def test_the_points_of_the_profile_are_up_to_date():
    assert not docs.check()


def test_there_are_more_than_forty_five():
    rows = [line for line in docs.PAGE.read_text().splitlines() if "| `" in line]
    assert len(rows) >= 45
