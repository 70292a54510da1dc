"""What is checked of an intervention beside who may carry it out: on which basis, and whether its day has come.

Rule: a warning is shown to who decides; what cannot be true is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from barrier.errors import InputError


def check_day(case: Mapping[str, Any], intervention: int, today: date) -> None:
    """Refuse an outcome before the day of its intervention.

    Raises:
        InputError: The day has not come.
    """
    day = next((i["day"] for i in case["interventions"] if i["id"] == intervention), "")
    if day > today.isoformat():
        hint = "record the outcome on that day or later; was it carried out before, record that with: case intervene"
        raise InputError([f"intervention {intervention}: is planned for {day}, which has not come"], hint=hint)


def pretext(advice: Mapping[str, Any], basis: str) -> list[str]:
    """Warn where supervision is carried out on a criminal basis only, or investigation as supervision."""
    criminal = "273f" in basis or "strafvordering" in basis.casefold()
    if advice["step"] in ("visit", "sanction", "order") and criminal:
        return [
            "the basis given is criminal, the power is supervision: supervision may not serve the investigation alone"
        ]
    return []
