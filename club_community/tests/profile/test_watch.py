from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_duplicate import LikenessCommon


class WatchCommon(LikenessCommon):
    def _firm(self, name="ООО «Северный мост»", **vals):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **vals}
        )

    def _watch(self, name="Severny Most", **vals):
        return (
            self.env["club.watch"]
            .with_user(self.club_manager)
            .create({"name": name, **vals})
            .with_env(self.env)
        )

    def _link(self, one, kind, other, **vals):
        kind = self.env.ref(f"club_community.club_link_kind_{kind}")
        return self.env["club.link"].create(
            {"from_id": one.id, "kind_id": kind.id, "to_id": other.id, **vals}
        )

    def _hits(self, watch):
        return self.env["club.watch.hit"].search([("watch_id", "=", watch.id)])


@tagged("post_install", "-at_install")
class TestWatch(WatchCommon):
    """What is found: each in the way of saving that brings it about."""

    def test_company_of_a_member_under_another_spelling(self):
        firm = self._firm("АО «Сиверный мост»")
        self.person.parent_id = firm
        hit = self._hits(self._watch())
        self.assertEqual((hit.partner_id, hit.firm_id), (self.person, firm))
        self.assertEqual(
            hit.reason,
            "АО «Сиверный мост» of Anna Petrova looks like “Severny Most”: 0.91",
        )
        self.assertEqual(hit.state, "open")
        firm.name = "АО «Савирный мост»"
        self.assertFalse(hit.exists())

    def test_new_employer(self):
        watch, firm = self._watch(), self._firm()
        self.assertFalse(self._hits(watch), "nobody of the club has to do with it")
        self.person.parent_id = firm
        self.assertEqual(self._hits(watch).partner_id, self.person)
        self.person.parent_id = False
        self.assertFalse(self._hits(watch))

    def test_new_person_and_renamed_company(self):
        watch, firm = self._watch(), self._firm("Something else")
        person = self._person("Boris Orlov", parent_id=firm.id)
        self.assertFalse(self._hits(watch))
        firm.name = "Severny Most Holding"
        self.assertEqual(self._hits(watch).partner_id, person)
        other = self._person("Vera Belova", parent_id=firm.id)
        self.assertEqual(self._hits(watch).partner_id, person | other)

    def test_company_name_in_words_only(self):
        watch = self._watch()
        self.person.company_name = "ИП Северный Мост"
        self.assertEqual(self._hits(watch).firm_id, self.person)

    def test_tax_number(self):
        self.person.parent_id = self._firm("Ромашка", vat="7707083893")
        hit = self._hits(self._watch(vats="RU 7707 083 893\n1234567890"))
        self.assertEqual(hit.ground, "vat")
        self.assertEqual(hit.firm_id, self.person.parent_id)
        self.assertIn("tax number 7707083893 is that of “Severny Most”", hit.reason)

    def test_domain_of_the_person_and_below(self):
        watch = self._watch(domains="sever.ru")
        self.person.email = "anna@mail.sever.ru"
        hit = self._hits(watch)
        self.assertEqual((hit.ground, hit.found), ("domain", "mail.sever.ru"))
        self.assertIn("the domain mail.sever.ru is that of", hit.reason)
        self.person.email = "anna@notsever.ru"
        self.assertFalse(self._hits(watch))

    def test_domain_that_sounds_like_the_brand(self):
        watch = self._watch()
        self.person.email = "anna@severny-most.com"
        self.assertEqual(self._hits(watch).ground, "domain_name")

    def test_website_of_the_company(self):
        self.person.parent_id = self._firm("Ромашка", website="https://www.sever.ru/x")
        self.assertEqual(self._hits(self._watch(domains="sever.ru")).ground, "domain")

    def test_public_mailboxes_never_count(self):
        watch = self._watch("Yandex", domains="yandex-team.ru")
        self._watch("Gmail", other_names="Mail")
        for email in ("a@yandex.ru", "a@mail.ru", "a@gmail.com", "a@yandex.com.tr"):
            self.person.email = email
            self.assertFalse(self.env["club.watch.hit"].search([]), email)
        self.person.email = "a@yandex-team.ru"
        self.assertTrue(self._hits(watch))
        with self.assertRaisesRegex(ValidationError, "Anybody can have a mailbox"):
            watch.domains = "mail.ru"

    def test_links_up_to_three_steps(self):
        watch = self._watch()
        chain = [self.person]
        for number in range(4):
            chain.append(self._firm(f"Step {number}"))
            self._link(chain[-2], "owner", chain[-1])
        for steps in (1, 2, 3, 4):
            chain[steps].name = "Северный мост"
            hit = self._hits(watch)
            if steps == 4:
                self.assertFalse(hit)
                continue
            self.assertEqual((hit.partner_id, hit.steps), (self.person, steps))
            chain[steps].name = "Step again"
            self.assertFalse(self._hits(watch))

    def test_way_in_words(self):
        watch = self._watch()
        brother = self._person("Boris Petrov", club_manager_id=False)
        firm = self._firm("Мост")
        group = self._firm("Северный мост")
        self._link(brother, "family", self.person)
        self._link(brother, "owner", firm)
        self.assertFalse(self._hits(watch))
        self._link(firm, "group", group)
        hit = self._hits(watch)
        self.assertEqual(
            hit.reason,
            "Северный мост of Anna Petrova looks like “Severny Most”: 1.00 (is family "
            "of Boris Petrov; is owner of Мост; belongs to the group Северный мост)",
        )

    def test_back_along_a_link(self):
        watch = self._watch()
        firm = self._firm("Мост", club_manager_id=False)
        self.person.parent_id = firm
        owner = self._firm("Северный мост")
        link = self._link(owner, "owner", firm)
        hit = self._hits(watch)
        self.assertIn("works at Мост; is owned by Северный мост", hit.reason)
        link.action_archive()
        self.assertFalse(self._hits(watch))

    def test_link_that_is_over(self):
        watch = self._watch()
        yesterday = fields.Date.today() - timedelta(days=1)
        link = self._link(self.person, "owner", self._firm(), date_to=yesterday)
        self.assertFalse(self._hits(watch))
        link.date_to = False
        self.assertTrue(self._hits(watch))
        link.unlink()
        self.assertFalse(self._hits(watch))

    def test_changed_entry(self):
        self.person.parent_id = self._firm("Ромашка")
        watch = self._watch()
        self.assertFalse(self._hits(watch))
        watch.other_names = "Romashka"
        self.assertEqual(self._hits(watch).word, "Romashka")
        watch.other_names = False
        self.assertFalse(self._hits(watch))
        watch.other_names = "Romashka"
        watch.active = False
        self.assertFalse(self._hits(watch))
        self.person.parent_id.name = "Ромашка плюс"
        self.assertFalse(self._hits(watch))

    def test_two_entries_and_two_companies(self):
        one, other = self._watch(), self._watch("Romashka", other_names="Severny Most")
        self.person.parent_id = self._firm()
        self._link(self.person, "owner", self._firm("Ромашка"))
        self.assertEqual(len(self._hits(one)), 1)
        self.assertEqual(len(self._hits(other)), 2)

    def test_strangers_are_none_of_its_business(self):
        self._person("Stranger", club_manager_id=False, parent_id=self._firm().id)
        watch = self._watch()
        self.assertFalse(self._hits(watch))

    def test_who_comes_to_the_club_later_is_found_at_night(self):
        stranger = self._person(
            "Stranger", club_manager_id=False, parent_id=self._firm().id
        )
        watch = self._watch()
        stranger.club_manager_id = self.manager
        self._nightly("ir_cron_club_watch")
        self.assertEqual(self._hits(watch).partner_id, stranger)

    def test_of_two_companies(self):
        company = self.env["res.company"].create({"name": "Other club"})
        self.person.write({"company_id": company.id, "parent_id": self._firm().id})
        ours = self._watch(company_id=self.env.company.id)
        self.assertFalse(self._hits(ours))
        shared = self._watch()
        self.assertEqual(self._hits(shared).company_id, company)

    def test_whoever_saves_need_not_know_of_the_list(self):
        watch = self._watch()
        person = self._person("Boris Orlov", parent_id=self._firm("Ромашка").id)
        self.employee.group_ids += self.env.ref("base.group_partner_manager")
        person.parent_id.with_user(self.employee).name = "Северный мост"
        self.assertEqual(self._hits(watch).partner_id, person)

    def test_nothing_is_asked_where_the_list_is_empty(self):
        self._watch().unlink()
        before = self._queries(lambda: self.person.write({"function": "x"}))
        after = self._queries(lambda: self.person.write({"website": "http://x.ru"}))
        self.assertEqual(after, before)

    # --- Batches ------------------------------------------------------------------

    def test_no_query_per_card(self):
        self._watch()
        look = self.env["club.watch"]._look

        def queries(count):
            firms = self.env["res.partner"].create(
                [{"name": f"Firm {n}", "is_company": True} for n in range(count)]
            )
            people = self.env["res.partner"].create(
                [
                    {
                        "name": f"Worker {number}",
                        "parent_id": firm.id,
                        "club_manager_id": self.manager.id,
                    }
                    for number, firm in enumerate(firms)
                ]
            )
            self.env.flush_all()
            # behind the finder's back
            self.env.cr.execute(
                "UPDATE res_partner SET name = 'Severny Most ' || id"
                " WHERE id = ANY(%s)",
                [firms.ids],
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            new = look((firms | people).ids)
            self.env.flush_all()
            self.assertEqual(len(new), count)
            found = self.env.cr.sql_log_count - before
            again = self._queries(lambda: look((firms | people).ids))
            return found, again

        queries(4)
        self.assertEqual(queries(4), queries(40))

    def test_nightly_job_changes_nothing_the_second_time(self):
        watch = self._watch()
        self.person.parent_id = self._firm()
        self._nightly("ir_cron_club_watch")
        before = self._hits(watch).read()
        self.assertEqual(len(before), 1)
        self._nightly("ir_cron_club_watch")
        self.assertEqual(self._hits(watch).read(), before)
        run = self.env["club.finder.run"].search([("kind", "=", "watch")], limit=1)
        self.assertEqual(run.found, 0)
        self.assertGreater(run.looked_at, 1)

    def test_nightly_job_mends(self):
        watch = self._watch()
        self.person.parent_id = self._firm("Ромашка")
        other = self._person("Boris Orlov", company_name="Severny Most")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET name = 'Северный мост' WHERE id = %s",
            [self.person.parent_id.id],
        )
        self.env.cr.execute(
            "UPDATE res_partner SET company_name = NULL WHERE id = %s", [other.id]
        )
        self.env.invalidate_all()
        self._nightly("ir_cron_club_watch")
        self.assertEqual(self._hits(watch).partner_id, self.person)


@tagged("post_install", "-at_install")
class TestWatchDecided(WatchCommon):
    """Who is told, and what is decided stays."""

    def test_personal_manager_gets_a_task(self):
        self.person.parent_id = self._firm()
        hit = self._hits(self._watch(why="They build <b>"))
        self.assertEqual(hit.activity_id.user_id, self.manager)
        self.assertEqual(hit.activity_id.res_id, self.person.id)
        self.assertIn("does Anna Petrova belong to", hit.activity_id.summary)
        self.assertIn("looks like", hit.activity_id.note)
        self.assertIn("They build &lt;b&gt;", hit.activity_id.note)

    def test_own_user_of_the_entry(self):
        self.person.parent_id = self._firm()
        hit = self._hits(self._watch(user_id=self.club_manager.id))
        self.assertEqual(hit.activity_id.user_id, self.club_manager)

    def test_without_a_personal_manager(self):
        self.manager.active = False
        self.person.parent_id = self._firm()
        hit = self._hits(self._watch())
        managers = self.env.ref("club_community.group_club_manager").all_user_ids
        self.assertIn(hit.activity_id.user_id, managers)

    def test_one_task_for_two_companies(self):
        self.person.parent_id = self._firm()
        watch = self._watch()
        self._link(self.person, "owner", self._firm("Severny Most Invest"))
        hits = self._hits(watch)
        self.assertEqual(len(hits), 2)
        self.assertEqual(len(hits.activity_id), 1)

    def test_confirmed(self):
        self.person.parent_id = self._firm()
        watch = self._watch()
        hit = self._hits(watch).with_user(self.club_manager)
        task = hit.activity_id
        hit.action_confirm()
        self.assertEqual(hit.state, "confirmed")
        self.assertEqual(hit.decided_by_id, self.club_manager)
        self.assertFalse(task.sudo().active)
        self.person.parent_id = False
        self.assertEqual(hit.state, "confirmed", "what was decided stays")
        with self.assertRaisesRegex(UserError, "decided already"):
            hit.action_confirm()

    def test_wrong_is_never_offered_again(self):
        self.person.parent_id = self._firm()
        watch = self._watch()
        hit = self._hits(watch)
        hit.with_user(self.club_manager).action_wrong()
        self.person.parent_id.name = "Северный мост плюс"
        self._nightly("ir_cron_club_watch")
        self.assertEqual(self._hits(watch), hit)
        self.assertEqual(hit.state, "wrong")
        self.assertEqual(self.person.club_watch_count, 0)
        hit.action_reopen()
        self.env.invalidate_all()
        self.assertEqual(self.person.club_watch_count, 1)

    def test_task_goes_with_what_is_no_longer_so(self):
        self.person.parent_id = self._firm()
        task = self._hits(self._watch()).activity_id
        self.person.parent_id = False
        self.assertFalse(task.exists())

    def test_task_goes_with_the_entry(self):
        self.person.parent_id = self._firm()
        watch = self._watch()
        task = self._hits(watch).activity_id
        watch.unlink()
        self.assertFalse(task.exists())

    def test_who_decides(self):
        self.person.parent_id = self._firm()
        hit = self._hits(self._watch()).with_user(self.manager)
        self.assertTrue(hit.reason)
        with self.assertRaises(AccessError):
            hit.action_confirm()
        with self.assertRaises(AccessError):
            hit.with_user(self.club_manager).write({"state": "confirmed"})
        hit.with_user(self.club_manager).note = "Her brother's"

    def test_the_database_has_a_hit_once(self):
        self.person.parent_id = self._firm()
        hit = self._hits(self._watch())
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            hit.copy()
            self.env.flush_all()

    def test_merge_keeps_the_decided_one(self):
        twin = self._person("A. Petrova", email="anna@example.com")
        firm = self._firm()
        (self.person | twin).parent_id = firm
        watch = self._watch()
        decided = self._hits(watch).filtered(lambda h: h.partner_id == self.person)
        decided.action_confirm()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.person | twin).ids, twin
        )
        hit = self._hits(watch)
        self.assertEqual(hit, decided)
        self.assertEqual((hit.partner_id, hit.state), (twin, "confirmed"))

    def test_merge_of_two_companies(self):
        firm, double = self._firm(), self._firm("Severny Most")
        self.person.parent_id = firm
        self._link(self.person, "owner", double)
        watch = self._watch()
        self.assertEqual(len(self._hits(watch)), 2)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (firm | double).ids, double
        )
        hit = self._hits(watch)
        self.assertEqual((hit.partner_id, hit.firm_id), (self.person, double))

    def test_erased_person(self):
        """Whatever erases a person calls one method; nothing of him stays."""
        self._person("A. Petrova", email="anna@example.com")
        self.env["club.duplicate"]._find(self.person.ids)
        link = self._link(self.person, "owner", self._firm(), note="Secret")
        old = self._link(self.person, "board", link.to_id, active=False)
        hit = self._hits(self._watch())
        task = hit.activity_id
        hit.action_confirm()
        self.person.with_user(self.club_manager)._club_forget_finds()
        for row in (link, old, hit, task):
            self.assertFalse(row.exists())
        self.assertFalse(
            self.env["club.duplicate"].search([("partner_id", "=", self.person.id)])
        )

    def test_bad_input(self):
        for vals, message in (
            ({"name": "ООО"}, "too short"),
            ({"name": "!"}, "too short"),
            ({"other_names": "Север\n«»"}, "too short"),
            ({"vats": "123"}, "six digits"),
            ({"domains": "nothing"}, "Write it as sever.ru"),
            ({"domains": "a@gmail.com"}, "Anybody can have a mailbox"),
        ):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self._watch(**{"name": "Severny Most", **vals})
