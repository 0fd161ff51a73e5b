"""Three events to come: a paid dinner, a free breakfast, a tour with two times."""

from datetime import datetime, timedelta

from odoo import Command

# Key, English and Russian name, days from now, hours UTC, places, (ticket, price) ...
EVENTS = [
    (
        ("gala", "Gala dinner of the club", "Торжественный ужин клуба"),
        (20, 16, 20, 60),
        [("Member", "Для члена клуба", 30_000), ("Guest", "Для гостя", 40_000)],
    ),
    (
        ("breakfast", "Business breakfast", "Деловой завтрак"),
        (9, 6, 8, 4),
        [("Place at the table", "Место за столом", 0)],
    ),
    (
        ("museum", "A night at the museum", "Ночь в музее"),
        (14, 15, 20, 12),
        [("Tour with a guide", "Экскурсия с гидом", 6_000)],
    ),
]


def prepare_events(env, upsert, translate) -> None:
    """Upcoming events with tickets, so that the member's page shows some.

    :param upsert: see ``load.upsert``
    :param translate: see ``load.translate``
    """
    place = upsert(
        env,
        "product.product",
        "product_event_place",
        {
            "name": "Place at an event",
            "type": "service",
            "service_tracking": "event",
            "list_price": 100,
            "categ_id": env.ref("__import__.category_events").id,
            "taxes_id": [Command.clear()],
        },
    )
    translate(place, "name", "Место на мероприятии")
    today = datetime.combine(datetime.now().date(), datetime.min.time())
    for (key, name, russian), (days, start, end, seats), tickets in EVENTS:
        day = today + timedelta(days=days)
        event = upsert(
            env,
            "event.event",
            f"event_{key}",
            {
                "name": name,
                "date_tz": "Europe/Moscow",
                "date_begin": day + timedelta(hours=start),
                "date_end": day + timedelta(hours=end),
                "seats_limited": True,
                "seats_max": seats,
                "description": False,
                "is_multi_slots": key == "museum",
                "company_id": env.company.id,
            },
        )
        translate(event, "name", russian)
        for number, (ticket, ticket_russian, price) in enumerate(tickets):
            record = upsert(
                env,
                "event.event.ticket",
                f"event_{key}_ticket_{number}",
                {
                    "name": ticket,
                    "event_id": event.id,
                    "product_id": place.id,
                    "price": price,
                },
            )
            translate(record, "name", ticket_russian)
        for hour in (18, 20) if key == "museum" else ():
            slot = {"event_id": event.id, "date": day.date(), "start_hour": hour}
            upsert(
                env,
                "event.slot",
                f"event_{key}_slot_{hour}",
                {**slot, "end_hour": hour + 1.5},
            )
