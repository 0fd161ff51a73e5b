from ..common import ClubCommon


class JourneyCommon(ClubCommon):
    """Two stages and people of the club's own, beside the shipped ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["club.stage.rule"]
        cls.rules.search([("id", "!=", 0)]).active = False
        cls.here = cls.env["club.stage"].create(
            {"name": "Here", "phase": "development", "sequence": 1000}
        )
        cls.there = cls.env["club.stage"].create(
            {"name": "There", "phase": "positive", "sequence": 1001}
        )

    @classmethod
    def _stage(cls, code):
        return cls.env.ref(f"club_community.club_stage_{code}")

    @classmethod
    def _rule(cls, stage, domain="[]", **vals):
        return cls.rules.create(
            {"name": f"To {stage.name}", "stage_id": stage.id, "domain": domain, **vals}
        )

    @classmethod
    def _people(cls, count, **vals):
        return cls.env["res.partner"].create(
            [{"name": f"Person {number}", **vals} for number in range(count)]
        )

    def _nightly(self, cron="ir_cron_club_journey"):
        """The real job, as the scheduler runs it."""
        with self.enter_registry_test_mode():
            outcome = (
                self.env.ref(f"club_community.{cron}")
                .with_user(self.env.ref("base.user_root"))
                .method_direct_trigger()
            )
        self.assertIs(outcome, True, outcome)

    @classmethod
    def _move(cls, people, stage, reason="by a test", **vals):
        return cls.env["club.stage.move"].create(
            [
                {
                    "partner_id": person.id,
                    "to_stage_id": stage.id,
                    "reason": reason,
                    **vals,
                }
                for person in people
            ]
        )
