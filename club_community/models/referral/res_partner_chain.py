"""Nobody brought himself, however long the chain: the database says so (S0.11).

A constraint cannot look at other rows, and two transactions that see the past could
each add one half of a circle. So a trigger walks up from the new referrer, and makes a
new version of every row on its way: whoever turns the chain at the same moment has to
write one of these rows, too, fails to serialise, and is run again by Odoo.

Why this is enough: of any number of bindings that together make a circle, each one's
child stands above the referrer of the one before, so that one's walk has written it.
"""

from odoo import models
from odoo.tools import SQL

FUNCTION, TRIGGER = "club_referral_no_circle", "club_referral_no_circle"
# Longer chains are a mistake somewhere, and not a club.
MAX_DEPTH = 1000


class ResPartner(models.Model):
    _inherit = "res.partner"

    def init(self):
        """The trigger, made anew with every upgrade. It goes with its column."""
        res = super().init()
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger AS $$
                DECLARE
                    above integer := NEW.club_referrer_id;
                    depth integer := 0;
                BEGIN
                    WHILE above IS NOT NULL LOOP
                        depth := depth + 1;
                        IF above = NEW.id OR depth > %(max_depth)s THEN
                            RAISE EXCEPTION
                                'Nobody can be brought to the club by himself or by '
                                'somebody whom he brought.'
                                USING ERRCODE = 'check_violation',
                                      CONSTRAINT = %(name)s;
                        END IF;
                        UPDATE res_partner SET write_date = write_date
                         WHERE id = above RETURNING club_referrer_id INTO above;
                    END LOOP;
                    RETURN NULL;
                END $$ LANGUAGE plpgsql;
                DROP TRIGGER IF EXISTS %(trigger)s ON res_partner;
                CREATE TRIGGER %(trigger)s
                 AFTER INSERT OR UPDATE OF club_referrer_id ON res_partner
                   FOR EACH ROW WHEN (NEW.club_referrer_id IS NOT NULL)
                       EXECUTE FUNCTION %(function)s();
                """,
                function=SQL.identifier(FUNCTION),
                trigger=SQL.identifier(TRIGGER),
                name=TRIGGER,
                max_depth=MAX_DEPTH,
            )
        )
        return res
