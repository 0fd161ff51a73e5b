import calendar
import random
from collections import Counter, defaultdict
from datetime import date, timedelta

from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestFigures(ClubCommon):
    """The figures, compared with the same counted by hand, in Python, on lives that
    chance made: chains, gaps, other plans and currencies, refunds, pauses, for life."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.currency.rate"].search(
            [("currency_id", "=", cls.euro.id)]
        ).unlink()
        cls.rates = {
            cls._months_ago(cls.today, count): 0.5 + count / 100
            for count in range(48, -1, -6)
        }
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": cls.euro.id,
                    "company_id": cls.company.root_id.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in cls.rates.items()
            ]
        )
        cls.plans = [
            cls._create_plan(name="Small", price=300, period_months=3),
            cls.plan,
            cls._create_plan(name="Month", price=90, period_type="days"),
        ]
        cls.life = cls._create_plan(name="Life", price=9000, period_type="lifetime")
        cls.manager = cls.club_manager

    @staticmethod
    def _months_ago(day, months):
        index = day.year * 12 + day.month - 1 - months
        return date(index // 12, index % 12 + 1, 1)

    def _live_a_life(self, chance):
        """Periods one after the other; what is refunded or paused comes last."""
        person = self.env["res.partner"].create({"name": "By chance"})
        start = self.today - timedelta(days=chance.randrange(20, 1200))
        for _period in range(chance.randrange(1, 6)):
            if start > self.today:
                break
            plan = chance.choice(self.plans)
            end = plan._period_rule().end(start)
            self._create_period(
                person,
                start,
                end,
                plan,
                amount=chance.choice([plan.price, plan.price * 0.8, 0]),
                currency_id=chance.choice([self.company.currency_id, self.euro]).id,
            )
            gap = chance.choice([0, 0, 0, 1, 40])
            start = end + timedelta(days=1 + gap)
        last = person.club_membership_ids.sudo().sorted("date_start")[-1]
        fate = chance.random()
        if fate < 0.15:
            last._take_back("cancelled", "refund", "Refunded")
            last._set_kinds()
        elif fate < 0.25 and last.state == "active":
            last.state = "paused"
        elif fate < 0.35 and start <= self.today:
            self._create_period(person, start, plan=self.life)
        return person

    def _people(self, seed, count=25):
        chance = random.Random(seed)
        people = self.env["res.partner"]
        for _person in range(count):
            people |= self._live_a_life(chance)
        self.env.flush_all()
        return people

    # --- By hand ----------------------------------------------------------------------

    def _paid(self, people):
        """Plain dicts of the paid periods, with fee and fee a month."""
        rows = []
        for person in people:
            periods = person.club_membership_ids.sudo().filtered(
                lambda m: m.date_start and m.state != "cancelled"
            )
            periods = periods.sorted("date_start")
            for position, m in enumerate(periods):
                before = periods[position - 1] if position else None
                after = periods[position + 1 : position + 2]
                follows = lambda a, b: (  # noqa: E731
                    a and b and a.date_end and a.date_end + timedelta(1) == b.date_start
                )
                fee = m.amount
                if m.currency_id == self.euro:
                    days = [d for d in self.rates if d <= m.date_start]
                    fee /= self.rates[max(days) if days else min(self.rates)]
                mrr = 0
                if m.date_end:
                    months = ((m.date_end - m.date_start).days + 1) * 12 / 365.25
                    whole = round(months)
                    if whole >= 1 and abs(months - whole) <= 0.1:
                        months = whole
                    mrr = fee / months
                rows.append(
                    {
                        "m": m,
                        "person": person,
                        "fee": fee,
                        "mrr": mrr,
                        "before": bool(before) and follows(before, m),
                        "returned": bool(before) and not follows(before, m),
                        "next": after.date_start if follows(m, after) else None,
                    }
                )
        return rows

    def _month_ends(self, first):
        day = first.replace(day=1)
        while day <= self.today:
            last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
            yield day, min(last, self.today)
            day = last + timedelta(days=1)

    def _is_open(self, row, day):
        m = row["m"]
        if day < m.date_start or (row["next"] and day >= row["next"]):
            return False
        return not m.date_end or day <= m.date_grace_end

    # --- Tests -----------------------------------------------------------------------

    def _read(self, name, people, group, values):
        model = self.env[f"club.figure.{name}"].with_user(self.manager)
        return model._read_group([("partner_id", "in", people.ids)], group, values)

    def _assert_close(self, found, expected):
        self.assertEqual(found.keys(), expected.keys())
        for key, value in expected.items():
            self.assertAlmostEqual(found[key], value, places=2, msg=str(key))

    def test_members_and_fees_by_month(self):
        for seed in (1, 2, 3):
            people = self._people(seed)
            members, mrr = defaultdict(set), Counter()
            for row in self._paid(people):
                m = row["m"]
                for month, day in self._month_ends(m.date_start):
                    if not self._is_open(row, day):
                        continue
                    if day == self.today and m.state == "paused":
                        state = "paused"
                    else:
                        is_paid = not m.date_end or day <= m.date_end
                        state = "active" if is_paid else "grace"
                    key = month, state, m.plan_id
                    members[key].add(row["person"])
                    mrr[key] += row["mrr"] if state == "active" else 0
            found = self._read(
                "month",
                people,
                ["month:month", "state", "plan_id"],
                ["members:count_distinct", "mrr:sum", "arr:sum"],
            )
            counted = {tuple(row[:3]): row[3] for row in found}
            self.assertEqual(counted, {k: len(v) for k, v in members.items()})
            self._assert_close({tuple(r[:3]): r[4] for r in found}, dict(mrr))
            self._assert_close(
                {tuple(r[:3]): r[5] for r in found},
                {key: value * 12 for key, value in mrr.items()},
            )

    def test_movements(self):
        for seed in (4, 5, 6):
            people = self._people(seed)
            paid = self._paid(people)
            by_id = {row["m"]: row for row in paid}
            noted = []

            for row in paid:
                m = row["m"]
                if m.date_start <= self.today:
                    if row["before"]:
                        step = row["mrr"] - by_id[m.previous_id]["mrr"]
                        kind = "renewal"
                        if abs(step) > 0.005:
                            kind = "expansion" if step > 0 else "contraction"
                        noted.append((m.date_start, kind, step))
                    else:
                        kind = "return" if row["returned"] else "new"
                        noted.append((m.date_start, kind, row["mrr"]))
                over = m.date_end and m.date_grace_end < self.today
                if over and not row["next"] and m.state != "paused":
                    left_on = m.date_end + timedelta(days=1)
                    noted.append((left_on, "churn", -row["mrr"]))
            counts, changes = Counter(), Counter()
            for day, kind, change in noted:
                counts[day.replace(day=1), kind] += 1
                changes[day.replace(day=1), kind] += change
            found = self._read(
                "movement",
                people,
                ["date:month", "kind"],
                ["count:sum", "mrr_change:sum"],
            )
            self.assertEqual({tuple(r[:2]): r[2] for r in found}, dict(counts))
            self._assert_close({tuple(r[:2]): r[3] for r in found}, dict(changes))
            kinds = {kind for _month, kind in counts}
            self.assertLessEqual({"new", "return", "churn"}, kinds)

    def test_renewal_rate_and_early_churn(self):
        for seed in (7, 8, 9):
            people = self._people(seed)
            paid = self._paid(people)
            first = {}
            for row in paid:
                first.setdefault(row["person"], row["m"].date_start)
            ended, renewed, early = Counter(), Counter(), Counter()
            for row in paid:
                m = row["m"]
                if not m.date_end or m.date_end >= self.today or m.state == "paused":
                    continue
                if not row["next"] and m.date_grace_end >= self.today:
                    continue
                month = m.date_end.replace(day=1)
                ended[month] += 1
                renewed[month] += bool(row["next"])
                stayed = (m.date_end - first[row["person"]]).days + 1
                early[month] += not row["next"] and stayed <= 60
            found = self._read(
                "ending",
                people,
                ["date:month"],
                ["count:sum", "renewed:sum", "early_churn:sum", "renewal_rate:avg"],
            )
            self.assertEqual({r[0]: r[1] for r in found}, dict(ended))
            self.assertEqual({r[0]: r[2] for r in found}, dict(renewed))
            self.assertEqual({r[0]: r[3] for r in found}, dict(early))
            self._assert_close(
                {r[0]: r[4] for r in found},
                {month: 100 * renewed[month] / ended[month] for month in ended},
            )
            self.assertTrue(sum(early.values()))

    def test_tenure_and_value(self):
        people = self._people(10)
        days, value = Counter(), Counter()
        for row in self._paid(people):
            m = row["m"]
            end = min(m.date_end or self.today, self.today)
            days[row["person"]] += max((end - m.date_start).days + 1, 0)
            value[row["person"]] += row["fee"]
        found = self._read(
            "person", people, ["partner_id"], ["tenure:avg", "value:avg"]
        )
        found = {r[0].sudo(False).with_env(self.env): r[1:] for r in found}
        self._assert_close(
            {person: row[0] for person, row in found.items()},
            {person: count / 30.4375 for person, count in days.items()},
        )
        self._assert_close(
            {person: row[1] for person, row in found.items()}, dict(value)
        )

    def test_from_a_figure_to_the_person(self):
        self._create_period(self.member, self.today)
        for name in ("month", "movement", "ending", "person"):
            model = self.env[f"club.figure.{name}"].with_user(self.manager)
            for row in model.search([("partner_id", "=", self.member.id)]):
                action = row.action_open_person()
                self.assertEqual(action["res_id"], self.member.id)

    def test_city_and_manager_are_the_persons(self):
        chapter = self.env["club.chapter"].create({"name": "Kazan"})
        self._create_period(self.member, self.today)
        self.member.club_chapter_id = chapter
        self.member.club_manager_id = self.personal_manager
        for name in ("month", "movement", "person"):
            row = self.env[f"club.figure.{name}"].search(
                [("partner_id", "=", self.member.id)], limit=1
            )
            self.assertEqual(row.club_chapter_id, chapter)
            self.assertEqual(row.club_manager_id, self.personal_manager)

    def test_personal_manager_sees_the_figures_of_his_portfolio(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.member.club_manager_id = self.personal_manager
        for person in self.member | stranger:
            self._create_period(person, self.today)
        for name in ("month", "movement", "person"):
            found = (
                self.env[f"club.figure.{name}"]
                .with_user(self.personal_manager)
                .search([("partner_id", "in", (self.member | stranger).ids)])
            )
            self.assertEqual(found.partner_id, self.member)
