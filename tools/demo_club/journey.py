"""Where the demo club's people stand on the journey, and how they came there.

History is written as a club's own would be that kept it elsewhere: by rows of moves
with the days of the past. Then tonight's rules are run as every night, and some people
are moved by hand, each with a reason, as their managers would.
"""

import random
from datetime import timedelta

# Days before or after joining on which an imported member went through these stages.
PAST = [("heard", -60), ("applied", -21), ("unpaid", -7), ("welcome", 0)]
PAST_DONE = [*PAST, ("met", 9), ("settled", 31)]
# Whom managers have placed: stage, how many in a hundred regular members, why.
BY_HAND = [
    ("regular", 22, "Comes to almost every evening", "Приходит почти на каждый вечер"),
    ("buyer", 14, "Has moved his company to us", "Перевёл к нам свою компанию"),
    ("speaker", 4, "Spoke at the breakfast", "Выступал на завтраке"),
    ("silent", 4, "Does not answer calls", "Не отвечает на звонки"),
    ("leaving", 2, "Says he has no time for it", "Говорит, что нет времени"),
]
NEWCOMERS = ["welcome", "meeting", "met", "circle", "stalled"]
# People without a membership: where they stand before.
PROSPECTS = [
    ("heard", "Asked a member about the club", "Спросил о клубе у знакомого"),
    ("invited", "Invited to the gala dinner", "Приглашён на торжественный ужин"),
    ("guest", "Was at the museum with a friend", "Был с другом в музее"),
    ("interested", "Asked for the price of Gold", "Спросил, сколько стоит Золото"),
    ("applied", "Filled in the application", "Заполнил заявку"),
    ("more_info", "Has to name two members", "Должен назвать двух членов клуба"),
    ("queue", "No place in his city yet", "В его городе пока нет мест"),
    ("declined", "Next year, he says", "Сказал: в следующем году"),
]
CALLED = ("Noted after the call", "Отмечено после звонка")
FORMER = (
    "winback",
    "The parking he missed is there now",
    "Парковка, которой не хватало, есть",
)


def place_people(env, speaks_russian: bool) -> None:
    """Give everybody a past, a place and most of them a next step.

    :param env: environment of the superuser
    """
    people = env["res.partner"].search(
        [("is_company", "=", False), ("club_manager_id", "!=", False)], order="id"
    )
    if people.club_stage_move_ids:  # run before: history is not written twice
        return
    chance = random.Random(20261127)
    stages = {
        stage.code: stage for stage in env["club.stage"].search([("code", "!=", False)])
    }
    write_past(env, people, stages)
    rules = env["club.stage.rule"]
    env["club.stage.move"]._carry_out(rules._moves(people.ids))
    words = 2 if speaks_russian else 1
    by_hand(env, people, stages, chance, words)
    spoken = people.with_context(lang="ru_RU") if speaks_russian else people
    give_next_steps(env, spoken, chance)


def write_past(env, people, stages) -> None:
    """The moves that the club made before it had Odoo, by SQL: the days are past."""
    today = env["club.membership"]._today()
    rows = []
    for person in people.filtered("club_joined"):
        is_new = (today - person.club_joined).days <= 31
        before = None
        for code, days in PAST if is_new else PAST_DONE:
            day = person.club_joined + timedelta(days=days)
            rows.append((person.id, before, stages[code].id, day, before and 10))
            before = stages[code].id
    env.cr.executemany(
        """
        INSERT INTO club_stage_move (partner_id, from_stage_id, to_stage_id, date, days,
                                     reason, plan_id, chapter_id)
        SELECT %s, %s, %s, %s, %s, 'Imported', club_plan_id, club_chapter_id
          FROM res_partner WHERE id = %s
        """,
        [(*row, row[0]) for row in rows],
    )
    env.invalidate_all()
    last = {}
    for move in env["club.stage.move"].search([], order="id"):
        last[move.partner_id.id] = move.id
    env["club.stage.move"].browse(last.values())._place()


def by_hand(env, people, stages, chance, words) -> None:
    """Moves that managers have made, with their reasons."""
    until = env["club.membership"]._today() + timedelta(days=90)
    at = people.grouped(lambda person: person.club_stage_id.code)
    none = people.browse()
    wished = [
        *((person, _of_regular(person, chance)) for person in at.get("settled", none)),
        *_in_turn(at.get("welcome", none), [(code, *CALLED) for code in NEWCOMERS]),
        *_in_turn(at.get(None, at.get(False, none)), PROSPECTS),
        *(
            (person, FORMER)
            for person in at.get("former", none)
            if chance.random() < 0.15
        ),
    ]
    env["club.stage.move"].create(
        [
            {
                "partner_id": person.id,
                "to_stage_id": stages[what[0]].id,
                "reason": what[words],
                "held_until": until,
            }
            for person, what in wished
            if what and person.club_stage_id != stages[what[0]]
        ]
    )


def _in_turn(people, kinds):
    return [(person, kinds[n % len(kinds)]) for n, person in enumerate(people)]


def _of_regular(person, chance):
    """Where a manager has placed a member who has settled in; None: left there."""
    brought = len(person.club_referred_ids)
    if brought >= 3:
        return "ambassador", "Brought three and more", "Привёл троих и больше"
    if brought and chance.random() < 0.5:
        return "advocate", "Brought a friend", "Привёл друга"
    roll = chance.randrange(100)
    for code, share, *reason in BY_HAND:
        if roll < share:
            return code, *reason
        roll -= share
    return None


def give_next_steps(env, people, chance) -> None:
    """An open activity for most; the others are on the list "Nobody Forgotten"."""
    call = env.ref("mail.mail_activity_data_call")
    today = env["club.membership"]._today()
    charged = people._club_looked_after_by()
    env["mail.activity"]._club_schedule(
        [
            {
                "partner_id": person.id,
                "activity_type_id": call.id,
                "club_reason": "keep in contact",
                "user_id": charged[person.id][0].id,
                "summary": person.club_stage_id.name,
                "note": person.club_stage_id.inner_action,
                "date_deadline": today + timedelta(days=chance.randint(-6, 45)),
            }
            for person in people
            if chance.random() < 0.85
        ]
    )


# Segment, stages and channel; need and product in English and Russian, and its price.
MATRIX = [
    (
        ("investors", ("settled", "regular", "quiet"), "call"),
        ("Where to put free money", "Куда вложить свободные деньги"),
        ("Dinner with a fund's manager", "Ужин с управляющим фонда", 45_000),
    ),
    (
        ("entrepreneurs", ("settled", "regular", "buyer"), "message"),
        ("Partners in other cities", "Партнёры в других городах"),
        ("Business trip to Kazan", "Деловая поездка в Казань", 90_000),
    ),
    (
        ("loyal", ("renewal", "advocate", "ambassador"), "meeting"),
        ("To be asked for advice", "Чтобы советовались"),
        ("Seat in the club's council", "Место в совете клуба", 0),
    ),
    (
        ("quiet", ("quiet", "silent"), "call"),
        ("An evening for himself", "Вечер для себя"),
        ("A night at the opera", "Вечер в опере", 30_000),
    ),
]


def fill_matrix(env, upsert, translate) -> None:
    """Count the segments, and say what the club offers to some of them.

    :param upsert: see ``load.upsert``
    :param translate: see ``load.translate``
    """
    env["club.segment"].search([("id", ">", 0)])._count()
    for (segment, codes, channel), (need, russian_need), offer in MATRIX:
        name, russian, price = offer
        product = upsert(
            env,
            "product.product",
            f"product_matrix_{segment}",
            {"name": name, "type": "service", "list_price": price},
        )
        translate(product, "name", russian)
        for code in codes:
            cell = upsert(
                env,
                "club.playbook",
                f"matrix_{segment}_{code}",
                {
                    "segment_id": env.ref(f"club_community.club_segment_{segment}").id,
                    "stage_id": env.ref(f"club_community.club_stage_{code}").id,
                    "need": need,
                    "product_id": product.id,
                    "channel": channel,
                },
            )
            translate(cell, "need", russian_need)
