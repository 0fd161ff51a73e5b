from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_profile import ProfilePages


@tagged("post_install", "-at_install", "security")
class TestProfileAttacks(ProfilePages):
    """Whatever is sent: only what the catalogue allows, of nobody but oneself."""

    def test_nothing_outside_the_catalogue_is_written(self):
        before = self.person.sudo().read(
            ["name", "email", "club_manager_id", "club_number", "parent_id", "user_id"]
        )
        extra = {
            "partner_id": self.stranger.id,
            "id": self.stranger.id,
            "person_sudo": 1,
            "name": "Hacked",
            "email": "x@example.com",
            "club_manager_id": self.employee.id,
            "club_state": "active",
            "club_completeness": 100,
            "is_company": 1,
            "parent_id": self.stranger.id,
            "club_food": "by its column",
            "properties": "{}",
            "context": '{"club_capture": ["manager"]}',
            "source": "manager",
        }
        form = [*self._fields(club_pets="A cat"), *extra.items()]
        self._post("/person/save", form)
        self.env.invalidate_all()
        after = self.person.sudo().read(
            ["name", "email", "club_manager_id", "club_number", "parent_id", "user_id"]
        )
        self.assertEqual(before, after)
        self.assertEqual(self.person.club_pets, "A cat")
        self.assertFalse(self.person.club_food or self.stranger.club_pets)
        self.assertEqual(self._rows("club_pets").source, "member")

    def test_points_that_the_catalogue_does_not_allow(self):
        self._point("club_food").member_access = "read"
        form = self._fields(segment="premium", club_food="Nuts")
        for section in ("money", "person", "reach"):
            self._post(f"/{section}/save", form)
        self.assertFalse(self.person.club_private_ids.segment)
        self.assertFalse(self.person.club_food)
        for key in ("segment", "club_food"):
            form = [("point_id", self._point(key).id), *self._fields(**{key: "x"})]
            self._post("/answer", form)
            self.assertFalse(self._rows(key))

    def test_a_section_saves_itself_only(self):
        form = self._fields(club_pets="A cat", club_charity="A school")
        self._post("/person/save", form)
        self.assertEqual(self.person.club_pets, "A cat")
        self.assertFalse(self.person.club_charity)

    def test_what_is_hidden_cannot_be_taken_off(self):
        self.env["club.profile.private"].create(
            {"partner_id": self.person.id, "segment": "premium"}
        )
        for key in ("segment", "lang"):
            self._post("/forget", {"point_id": self._point(key).id})
        self.assertEqual(self.person.club_private_ids.segment, "premium")
        self.assertTrue(self.person.lang)

    def test_a_purpose_that_asks_for_nothing_is_not_answered(self):
        service = self.env["club.consent.purpose"]._get("service")
        for answer in ("given", "refused", "", "x"):
            self._post("/consent", {"purpose_id": service.id, "answer": answer})
        dates = self.env["club.consent.purpose"]._get("dates")
        self._post("/consent", {"purpose_id": dates.id, "answer": "maybe"})
        self.assertFalse(self.person.club_consent_ids)

    def test_nothing_of_another_person(self):
        self.stranger.with_user(self.manager).club_pets = "A secret cat"
        for url in ("", "/person", "/facts", "/download", "/download.json"):
            for query in ("", f"?partner_id={self.stranger.id}&person_sudo=1"):
                text = self._get(url + query).text
                self.assertNotIn("A secret cat", text)
                self.assertNotIn("Boris Stranger", text)

    def test_a_company_has_no_profile(self):
        self.stranger.is_company = True
        for url in ("", "/work", "/facts", "/download", "/download.json", "/erasure"):
            response = self._get(url, self.stranger_user)
            self.assertTrue(response.url.endswith("/my/club"), response.url)
        for url in ("/work/save", "/forget", "/consent", "/erasure/ask", "/answer"):
            self._post(url, self._fields(club_boards="x"), self.stranger_user)
        self.assertFalse(self.stranger.club_boards)

    @mute_logger("odoo.http")
    def test_without_a_token_nothing_is_done(self):
        self.authenticate("club_anna", "club_anna")
        for url in (
            "/person/save",
            "/answer",
            "/forget",
            "/consent",
            "/erasure/ask",
        ):
            data = dict(self._fields(club_pets="A cat"))
            response = self.url_open(f"/my/club/profile{url}", data=data)
            self.assertEqual(response.status_code, 400, url)
        self.assertFalse(self.person.club_pets)

    def test_reading_pages_write_nothing_when_opened(self):
        self.person.club_pets = "A cat"
        tables = ("club_profile_value", "club_consent", "club_profile_access")
        for url in ("", "/psyche", "/facts", "/download", "/download.json"):
            self._get(url)
        self.env.cr.execute(
            " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables)
        )
        counts = self.env.cr.fetchall()
        for url in ("", "/psyche", "/facts", "/download", "/download.json"):
            self._get(url)
        self.env.cr.execute(
            " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables)
        )
        self.assertEqual(counts, self.env.cr.fetchall())

    def test_table_of_bad_inputs(self):
        texts = (
            "",
            "\x00",
            "\x00\x01\x02",
            "x" * 5_000,
            "9" * 5000,
            "-1",
            "1e400",
            "nan",
            "[1, 2]",
            "{'a': 1}",
            "'; DROP TABLE res_partner; --",
            "<script>alert(1)</script>",
            "{{ 7 * 7 }}",
            "%s %(x)s %",
            "٣٤",
            "\ud7ff\uffff\U0010ffff",
            "31.02.2000",
            "0000-00-00",
            "9999-12-31",
        )
        points = self.env["club.profile.point"]._of_member(["write"])
        for section, inside in points.grouped("section_id").items():
            for text in texts:
                form = [self._agree("dates"), self._agree("portrait")]
                for point in inside.sudo(False):
                    form += [("shown", point.id), (f"p{point.id}", text)]
                    form += [(f"p{point.id}", text), (f"p{point.id}[]", text)]
                    form += [
                        (f"r{point.id}-new{number}-{name}", text)
                        for number in range(3)
                        for name in ("name", "birthday", "progress", "relation")
                    ]
                with self.subTest(section=section.code, text=text[:20]):
                    response = self._post(f"/{section.code}/save", form)
                    self.assertNotIn("<script>alert(1)", response.text)
        for url in ("/answer", "/forget", "/consent"):
            for text in (*texts, "1", str(2**40)):
                form = [("point_id", text), ("purpose_id", text), ("answer", text)]
                self._post(url, [*form, ("action", text), ("shown", text)])

    def test_unknown_sections(self):
        for code in ("nothing", "%00", "a" * 3000, "derived", "%27"):
            response = self._get(f"/{code}")
            self.assertTrue(response.url.endswith("/my/club/profile"), response.url)
            self._post(f"/{code}/save", self._fields(club_pets="A cat"))
        self.assertFalse(self.person.club_pets)
