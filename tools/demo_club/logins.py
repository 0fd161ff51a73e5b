"""Who may look around in the demo club. Passwords for a database on one's own desk.

Nothing is imported here, so that ``./dev demo`` can print the table without a club.
"""

PASSWORD = "demo"

ADMIN = {
    "role": "Administrator",
    "name": "Mitchell Admin",
    "login": "admin",
    "password": "admin",
}
CLUB_MANAGER = {
    "role": "Club manager",
    "name": "Лебедева Вера Андреевна",
    "login": "vera.lebedeva@example.com",
    "password": PASSWORD,
}
# The first two of the twelve personal managers, see `generate.MANAGERS`.
PERSONAL_MANAGERS = [
    {
        "role": "Personal manager, Moscow",
        "name": "Орлова Мария Сергеевна",
        "login": "maria.orlova@example.com",
        "password": PASSWORD,
    },
    {
        "role": "Personal manager, Saint Petersburg",
        "name": "Зимин Павел Олегович",
        "login": "pavel.zimin@example.com",
        "password": PASSWORD,
    },
]
MEMBERS = [
    {
        "role": "Member, active",
        "name": "Соколова Анна Дмитриевна",
        "login": "anna.sokolova@example.com",
        "password": PASSWORD,
    },
    {
        "role": "Member in the grace period",
        "name": "Морозов Илья Викторович",
        "login": "ilya.morozov@example.com",
        "password": PASSWORD,
    },
    {
        "role": "Member with a quotation to pay",
        "name": "Белова Екатерина Андреевна",
        "login": "ekaterina.belova@example.com",
        "password": PASSWORD,
    },
]

LOGINS = [ADMIN, CLUB_MANAGER, *PERSONAL_MANAGERS, *MEMBERS]
