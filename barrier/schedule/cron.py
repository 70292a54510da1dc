"""When a job runs: times as in a crontab, those of the Netherlands."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

ZONE = "Europe/Amsterdam"


class DutchCron(CronTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Times as in a crontab; a set hour that comes twice, when summer time ends, counts once."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """Return the next time."""
        following: datetime | None = super().get_next_fire_time(previous, now)
        if following is not None and _fold(following) and not self._each_hour():
            after = following + timedelta(hours=1)
            following = super().get_next_fire_time(after, after)
        return following

    def _each_hour(self) -> bool:
        return any(field.name == "hour" and str(field).startswith("*") for field in self.fields)


def _fold(moment: datetime) -> bool:
    """Return whether a moment lies in the second pass of an hour that comes twice."""
    local = moment.astimezone(ZoneInfo(ZONE))
    return bool(local.fold)
