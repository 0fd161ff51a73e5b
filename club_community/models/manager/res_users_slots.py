"""When a manager is free for a welcome meeting: his hours less what he has to do."""

from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import fields, models
from odoo.tools import SQL

# Where nobody has said when he works.
USUAL_HOURS = (time(9), time(18))
# Times are offered at full and half hours: a breath between two meetings.
GRID_MINUTES = 30
# So many calendar days hold the working days asked for, long holidays included.
LOOK_AHEAD = 3


class ResUsers(models.Model):
    _inherit = "res.users"

    def _club_free_times(self, company, but=None):
        """Times at which a newcomer may meet this manager, in his working hours.

        Working hours are the user's own, else the company's, with their holidays; less
        every meeting of his calendar that he has not declined and that is not marked
        as free. Five queries, however full his calendar is.

        :param company: ``res.company`` whose settings count
        :param but: a ``club.meeting`` that is about to be moved, so it does not count
        :return: sorted list of naive datetimes in UTC
        """
        self.ensure_one()
        # sudo: members ask, and calendars are not theirs to see
        user, company = self.sudo(), company.sudo()
        minutes = company.club_meeting_minutes
        first = utc.localize(
            fields.Datetime.now() + timedelta(hours=company.club_meeting_notice_hours)
        )
        last = first + timedelta(days=LOOK_AHEAD * company.club_meeting_days + 7)
        zone = timezone(user._club_zone(company))
        busy = user._club_busy(first, last, zone, but)
        length = timedelta(minutes=minutes)
        step = timedelta(minutes=max(GRID_MINUTES, minutes))
        found, days = [], set()
        for start, stop in user._club_working_hours(company, first, last, zone):
            local = start.astimezone(zone)
            if local.date() not in days and len(days) == company.club_meeting_days:
                break
            days.add(local.date())
            midnight = zone.localize(datetime.combine(local.date(), time()))
            passed = (start - midnight) // step
            moment = midnight + passed * step
            while moment + length <= stop:
                end = moment + length
                if moment >= max(start, first) and not any(
                    moment < until and since < end for since, until in busy
                ):
                    found.append(moment.astimezone(utc).replace(tzinfo=None))
                moment += step
        return sorted(set(found))

    def _club_zone(self, company):
        """Name of the time zone that this manager lives by."""
        return self.tz or company.resource_calendar_id.tz or "UTC"

    def _club_working_hours(self, company, first, last, zone):
        """Sorted pairs of aware datetimes between which the manager works."""
        calendar = self.resource_calendar_id or company.resource_calendar_id
        if calendar.attendance_ids and not calendar.flexible_hours:
            resource = self.resource_ids.filtered(lambda r: r.company_id == company)[:1]
            hours = calendar._work_intervals_batch(first, last, resource, tz=zone)
            return [(start, stop) for start, stop, _data in hours[resource.id]]
        day, hours = first.astimezone(zone).date(), []
        while day <= last.date():
            if day.weekday() < 5:
                hours.append(
                    tuple(
                        zone.localize(datetime.combine(day, hour))
                        for hour in USUAL_HOURS
                    )
                )
            day += timedelta(1)
        return hours

    def _club_busy(self, first, last, zone, but):
        """Pairs of aware datetimes in which the manager has something to do."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.allday, e.start, e.stop, e.start_date, e.stop_date
                  FROM calendar_event e
                 WHERE e.active AND e.show_as = 'busy'
                   AND e.id IS DISTINCT FROM %(but_event)s
                   AND e.stop > %(first)s - interval '1 day'
                   AND e.start < %(last)s + interval '1 day'
                   AND (EXISTS (SELECT FROM calendar_attendee a
                                 WHERE a.event_id = e.id AND a.partner_id = %(partner)s
                                   AND a.state IS DISTINCT FROM 'declined')
                        OR (e.user_id = %(user)s
                            AND NOT EXISTS (SELECT FROM calendar_attendee a
                                             WHERE a.event_id = e.id
                                               AND a.partner_id = %(partner)s)))
                UNION ALL
                SELECT FALSE, m.start, m.stop, NULL, NULL
                  FROM club_meeting m
                 WHERE m.user_id = %(user)s AND m.state = 'agreed'
                   AND m.id IS DISTINCT FROM %(but)s
                """,
                but_event=but.event_id.id if but and but.event_id else None,
                but=but.id if but else None,
                first=first.replace(tzinfo=None),
                last=last.replace(tzinfo=None),
                partner=self.partner_id.id,
                user=self.id,
            )
        )
        busy = []
        for allday, start, stop, first_day, last_day in rows:
            if allday and first_day:
                since = datetime.combine(first_day, time())
                until = datetime.combine((last_day or first_day) + timedelta(1), time())
                busy.append((zone.localize(since), zone.localize(until)))
            else:
                busy.append((utc.localize(start), utc.localize(stop)))
        return busy
