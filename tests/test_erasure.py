"""A person is forgotten: his strings are looked for in a dump of the whole database.

He leads a full life in a real club first: facts of every kind, a membership that he
pays, an application, a survey, an event, letters, meetings, chats, a login. Each text
that is his has a mark in it, so that nothing of it can be overlooked.
"""

import re

from club_dev import postgres

from . import club

MARK = "zvzmark"
NAME = "Anna Zvzmark"
EMAIL = "anna.zvzmark@example.com"
PHONE = "+41 79 555 01 23"
BIRTHDAY, CHILD_BORN = "1971-03-19", "2009-08-27"
STRINGS = (MARK, "79 555 01 23", "795550123", BIRTHDAY, CHILD_BORN)

# What keeps his name, and why.
BOOKS = {
    "account_move": "an invoice keeps the name it was posted with",
    "account_move_line": "the entries of that invoice",
    "account_payment": "the payment of it",
    "payment_transaction": "the name on a payment that was made; no address, no e-mail",
    "sale_order": "the order that the invoice comes from",
    "sale_order_line": "its lines",
}


# -- Inside Odoo -----------------------------------------------------------------------


def live_a_life(env, plan_id: int, product_id: int) -> dict:
    person = env["res.partner"].create(
        {
            "name": NAME,
            "email": EMAIL,
            "phone": PHONE,
            "street": f"{MARK} street 1",
            "city": f"{MARK} city",
            "function": f"{MARK} captain",
            "ref": f"{MARK}-7",
            "comment": f"<p>{MARK} note</p>",
            "image_1920": PIXEL,
            "child_ids": [
                (0, 0, {"type": "delivery", "name": NAME, "street": f"{MARK} 2"})
            ],
            "bank_ids": [(0, 0, {"acc_number": f"CH{MARK}", "acc_holder_name": NAME})],
        }
    )
    _tell_everything(env, person)
    invoice = env["account.move"].browse(
        club.invoice_membership(env, person.id, product_id)
    )
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoice.ids
    ).create({})._create_payments()
    _club_life(env, person, plan_id)
    _stock_life(env, person, invoice)
    return {"person": person.id, "invoice": invoice.id}


def _tell_everything(env, person):
    definition = env["properties.base.definition"]._get_definition_for_property_field(
        "res.partner", "properties"
    )
    definition.properties_definition = [
        {"name": "boat", "string": "Boat", "type": "char"}
    ]
    for purpose in env["club.consent.purpose"].search([]):
        person._club_answer_consent(purpose, True, "member")
    answers = {}
    for point in env["club.profile.point"].search([("is_derived", "=", False)]):
        kind = point.value_type
        if point.key == "club_relative_ids":
            answers[point] = [[f"{MARK} son", "child", CHILD_BORN, f"{MARK} school"]]
        elif point.key == "club_goal_ids":
            answers[point] = [[f"{MARK} goal", 10, None, f"{MARK} how"]]
        elif kind in ("char", "text"):
            answers[point] = f"{MARK} {point.key}"
        elif kind == "date":
            answers[point] = BIRTHDAY
        elif kind == "integer":
            answers[point] = 1999
        elif choices := point._choices():
            first = choices[0][0]
            answers[point] = [first] if kind == "many2many" else first
    person._club_capture(answers, "member", f"{MARK},1")
    channel = env["club.profile.point"].search([("key", "=", "club_pets")])
    person._club_capture({channel: f"{MARK} parrot"}, "bot")  # a conflict
    env["club.profile.skip"]._skip(person, channel)
    env["club.profile.access"]._note(person)
    person._club_ask_erasure()


def _club_life(env, person, plan_id):
    period = person.club_membership_ids
    reason = env.ref("club_community.leaving_reason_time")
    today = env["club.membership"]._today()
    period._leave(today, reason, note=f"{MARK} leaves", save_offer=f"{MARK} offer")
    bring = env["club.import"].create({"source": "file", "file_name": "members.csv"})
    env["club.import.line"].create(
        {
            "import_id": bring.id,
            "company_id": env.company.id,
            "key": "file:1",
            "fact": "paid",
            "partner_id": person.id,
            "partner_name": NAME,
            "source_note": f"{MARK} old note",
        }
    )
    env["crm.lead"].create(
        {
            "name": f"Application of {NAME}",
            "partner_id": person.id,
            "contact_name": NAME,
            "email_from": EMAIL,
            "phone": PHONE,
            "description": f"{MARK} wants in",
            "club_plan_id": plan_id,
        }
    ).message_post(body=f"{MARK} was recommended")


def _stock_life(env, person, invoice):
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "login": EMAIL,
                "partner_id": person.id,
                "signature": f"<p>{MARK}</p>",
                "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
            }
        )
    )
    file = {"name": f"{MARK}.txt", "raw": MARK.encode()}
    note = person.message_post(
        body=f"{NAME} called", attachments=[(f"{MARK}.txt", b"x")]
    )
    env["ir.attachment"].create(
        {**file, "res_model": "res.partner", "res_id": person.id}
    )
    person.with_user(user).sudo().message_post(body=f"{MARK} wrote this")
    person.activity_schedule(summary=f"Call {NAME}", note=f"{MARK}").action_feedback(
        feedback=f"{MARK} done"
    )
    person.activity_schedule(summary=f"Call {NAME} again")
    invoice.message_post(
        body=f"Dear {NAME}, your invoice",
        partner_ids=person.ids,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    invoice.with_user(user).sudo().message_post(
        body=f"{MARK} asks", author_id=person.id, email_from=f'"{NAME}" <{EMAIL}>'
    )
    invoice.invoice_line_ids.sale_line_ids.order_id.message_post(body=f"{NAME} agreed")
    env["mail.mail"].create(
        {"email_to": EMAIL, "body_html": f"Hello {NAME}", "subject": f"For {NAME}"}
    )
    env["mail.blacklist"]._add(EMAIL)
    env["ir.model.data"].create(
        {
            "module": "__import__",
            "name": f"contact_{MARK}",
            "model": "res.partner",
            "res_id": person.id,
        }
    )
    env["calendar.event"].create(
        {
            "name": f"Lunch with {NAME}",
            "start": "2026-01-01 12:00:00",
            "stop": "2026-01-01 13:00:00",
            "partner_ids": [(6, 0, (person | env.user.partner_id).ids)],
        }
    )
    other = env["crm.lead"].create(
        {"name": "Other", "partner_id": env.user.partner_id.id}
    )
    other.partner_id = person
    env.flush_all()
    other.write(
        {
            "partner_id": env.user.partner_id.id,
            **dict.fromkeys(("phone", "street", "city", "function"), False),
        }
    )
    chat = env["discuss.channel"]._get_or_create_chat(person.ids)
    chat.message_post(body=f"Hello {NAME}", message_type="comment")
    chat.message_post(body=f"{MARK} hello", author_id=person.id, message_type="comment")
    env["res.users.apikeys"].with_user(user).sudo()._generate(
        None, f"{MARK} key", env.cr.now().replace(year=2099)
    )
    assert note.tracking_value_ids is not None
    _guest_life(env, person)


def _guest_life(env, person):
    event = env["event.event"].create(
        {
            "name": "Dinner",
            "date_begin": "2026-01-01 18:00:00",
            "date_end": "2026-01-01 22:00:00",
            "question_ids": [
                (0, 0, {"title": "What do you eat?", "question_type": "text_box"})
            ],
        }
    )
    env["event.registration"].create(
        {
            "event_id": event.id,
            "partner_id": person.id,
            "name": NAME,
            "email": EMAIL,
            "phone": PHONE,
            "company_name": f"{MARK} Ltd",
            "registration_answer_ids": [
                (
                    0,
                    0,
                    {
                        "question_id": event.question_ids[:1].id,
                        "value_text_box": f"{MARK} no nuts",
                    },
                )
            ],
        }
    )
    survey = env["survey.survey"].create(
        {
            "title": "Club survey",
            "question_and_page_ids": [
                (0, 0, {"title": "Words?", "question_type": "char_box"})
            ],
        }
    )
    answer = survey._create_answer(partner=person, email=EMAIL)
    env["survey.user_input.line"].create(
        {
            "user_input_id": answer.id,
            "question_id": survey.question_ids.id,
            "answer_type": "char_box",
            "value_char_box": f"{MARK} words",
        }
    )


def years_go_by(env, person_id: int) -> str:
    """What a club manager hears while the membership runs; then it is over."""
    person = env["res.partner"].browse(person_id)
    said = person._club_erase_obstacle()
    period = person.club_membership_ids
    env.flush_all()
    env.cr.execute(
        "UPDATE club_membership SET date_start = '2020-01-01', date_end = '2020-12-31',"
        " date_grace_end = '2020-12-31', leave_date = '2020-12-31' WHERE id = %s",
        period.ids,
    )
    env.invalidate_all()
    env["club.membership"]._cron_advance()
    return said


def erase(env, person_id: int) -> dict:
    user = env["res.users"].search([("login", "=", club.MANAGER)])
    person = env["res.partner"].with_user(user).browse(person_id)
    request = person._club_erase()
    return {"state": request.state, "by": request.sudo().user_id.login}


def what_is_left(env, person_id: int, invoice_id: int) -> dict:
    person = env["res.partner"].browse(person_id)
    invoice = env["account.move"].browse(invoice_id)
    return {
        "name": person.name,
        "active": person.active,
        "login": person.with_context(active_test=False).user_ids.mapped("active"),
        "periods": len(person.club_membership_ids),
        "invoice": (invoice.state, invoice.payment_state, invoice.amount_total),
        "shown": invoice.invoice_partner_display_name,
        "facts": env["club.profile.value"].search_count(
            [("partner_id", "=", person_id)]
        ),
    }


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


# -- The dump --------------------------------------------------------------------------


def tables_with(db: str, strings) -> dict[str, list[str]]:
    """``{table: lines of the dump}`` that have one of some strings in them."""
    dump = postgres.client("pg_dump", "--data-only", db)
    assert dump.returncode == 0, dump.stderr
    pattern = re.compile("|".join(map(re.escape, strings)), re.IGNORECASE)
    found, table = {}, None
    for line in dump.stdout.splitlines():
        if match := re.match(r"COPY public\.(\S+) ", line):
            table = match[1]
        if table and pattern.search(line):
            found.setdefault(table, []).append(line)
    return found


def test_nothing_of_him_is_left_in_the_dump(fresh_db, inside):
    db = fresh_db()
    odoo = inside(db)
    founded = odoo(club.found_club, commit=True).value
    life = odoo(live_a_life, founded["plan"], founded["product"], commit=True).value
    full = tables_with(db, STRINGS)
    assert len(full) > 25, sorted(full)  # else the life was not full

    said = odoo(years_go_by, life["person"], commit=True).value
    assert "is paid and still runs" in said
    done = odoo(erase, life["person"], commit=True).value
    assert done == {"state": "done", "by": club.MANAGER}

    left = tables_with(db, STRINGS)
    assert not [
        line[:300]
        for table, lines in left.items()
        if table not in BOOKS
        for line in [table, *lines[:3]]
    ]
    assert not [line for lines in left.values() for line in lines if EMAIL in line], (
        "the books have names, no e-mails"
    )

    rest = odoo(what_is_left, life["person"], life["invoice"]).value
    assert rest == {
        "name": f"Erased person {life['person']}",
        "active": False,
        "login": [False],
        "periods": 1,
        "invoice": ("posted", "paid", 1000),
        "shown": NAME,
        "facts": 0,
    }
    again = odoo(erase, life["person"], commit=True).value
    assert again["state"] == "done"
    assert tables_with(db, STRINGS).keys() == left.keys()
