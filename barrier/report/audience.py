"""For whom a page of a view is, in words: partner, day, gates, circumstances.

Rule: every page for a partner says so, and that what is absent from it may only be withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barrier.advise.powers import shipped_powers
from barrier.report.texts import Texts, texts


def audience_line(audience: Mapping[str, Any], *, partner: str = "", language: Texts | None = None) -> str:
    """Return for whom a view is, on which day, by which gates, in one line.

    Args:
        audience: As in scan.json.
        partner: Name of the partner, where a reader does not know its id.
        language: Default English.
    """
    t = language or texts("en")
    known = {
        "partner": partner or _named(audience["partner"], t.language),
        "day": audience["day"],
        "gates": ", ".join(audience["gates"]) or t.say("audience_no_gates"),
        "rules": audience["rules"],
        "investigation": t.say("audience_yes" if audience["investigation"] else "audience_no"),
        "consent": t.say("audience_yes" if audience["consent"] else "audience_no"),
    }
    pseudonyms = f" {t.say('audience_pseudonyms')}" if audience["pseudonyms"] else ""
    return f"{t.say('audience', **known)}{pseudonyms} {t.say('audience_absent')}"


def _named(partner: str, language: str) -> str:
    """Return the name of a partner that ships with Barrier, of another its id."""
    known = shipped_powers().partners.get(partner)
    return (known.nl if language == "nl" else known.en) if known else partner
