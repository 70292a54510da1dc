"""The reference pages about partners, powers and sharing gates, for review by a jurist."""

from __future__ import annotations

from barrier.advise.powers import Power, shipped_powers
from barrier.advise.sharing import shipped_sharing
from barrier.model.barriers import load_model
from barrier.model.kinds import subjects

_NOTE = "This page is written by `make docs` from `graphs/partners/`."


def powers() -> str:
    """Return the page of all powers, with the table of barriers by kind of subject."""
    known = shipped_powers()
    lines = ["# Partners and powers", "", _NOTE, "", known.about.strip(), ""]
    counts = f"{len(known.powers)} powers of {len(known.partners)} partners, {len(known.facts)} facts."
    lines += [counts, "", "## What exists, by barrier and kind of subject", "", *_table(known.powers)]
    lines += ["## Powers, by partner", ""]
    for name, partner in known.partners.items():
        own = [p for p in known.powers if p.partner == name]
        lines += [f"### {partner.en} ({partner.nl}), `{name}`", ""]
        lines += ["No power of its own here: it supplies facts.", ""] if not own else []
        for power in own:
            lines += _power(power)
    lines += ["## Facts", "", "| fact | what | looked up | who can supply it |", "|---|---|---|---|"]
    for name, fact in known.facts.items():
        how = "; ".join(f"{k}: {_plain(getattr(fact.check, k))}" for k in sorted(fact.check.model_fields_set))
        lines.append(f"| `{name}` | {fact.en} ({fact.nl}) | {how} | {', '.join(fact.from_)} |")
    lines += ["", "## What must come first", "", "| safeguard | what | holds back |", "|---|---|---|"]
    lines += [f"| `{n}` | {s.en} ({s.nl}) | {s.blocks or 'nothing by itself'} |" for n, s in known.safeguards.items()]
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _table(all_powers: tuple[Power, ...]) -> list[str]:
    lines = [f"| barrier | {' | '.join(subjects())} |", "|---|" + "---|" * len(subjects())]
    holes = []
    for step in load_model("five-barriers").barriers:
        cells = []
        for label in subjects():
            found = [p for p in all_powers if step.id in p.barriers and label in p.subjects]
            partners = len({p.partner for p in found})
            cells.append(f"{len(found)} of {partners} partners" if found else "**none**")
            holes += [] if found else [f"{step.name} by {label}"]
        lines.append(f"| {step.name} | {' | '.join(cells)} |")
    return [*lines, "", f"Holes: {', '.join(holes) or 'none'}. A finding there has a plan that says so.", ""]


def _power(power: Power) -> list[str]:
    when = ", ".join(power.when) or "one of its needs"
    flags = [n for n in ("clears", "raid", "visits") if getattr(power, n)]
    begins = f" In force from {power.begins}." if power.begins else ""
    return [
        f"**{power.en}** ({power.nl}), `{power.id}`{': TO BE VERIFIED' if power.verify else ''}",
        "",
        f"- Basis: {power.basis}.{begins} Source: {power.source} (confidence {power.confidence}).",
        f"- Barriers: {', '.join(power.barriers)}; subjects: {', '.join(power.subjects)}; route {power.route}, "
        f"step {power.step}; {power.days[0]} to {power.days[1]} days; "
        f"{'reversible' if power.reversible else 'not reversible'}.",
        f"- Thought of when: {when}. Rests on: {', '.join(power.needs)}.",
        f"- Effect on victims: {shipped_powers().effects[power.effect].en}. "
        f"First: {', '.join(power.safeguards) or '-'}. "
        f"May spoil: {', '.join(power.spoils) or '-'}.{f' It {chr(44).join(flags)}.' if flags else ''}",
        "",
    ]


def sharing() -> str:
    """Return the page of who may see what."""
    rules = shipped_sharing()
    lines = ["# Who may see what", "", _NOTE, "", rules.about.strip(), "", "## Gates", ""]
    lines += [
        "| gate | data | regime | from | to | condition | purpose | source | verify |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for g in rules.gates:
        ends = (f"covenant `{g.covenant}`",) * 2 if g.covenant else (", ".join(g.from_), ", ".join(g.to))
        mark = "yes" if g.verify else ""
        data = ", ".join(g.data).replace("*", "all")
        cells = (f"`{g.id}`", data, g.regime, *(e.replace("*", "all") for e in ends), g.condition.replace("_", " "))
        lines.append(f"| {' | '.join((*cells, g.purpose, g.source, mark))} |")
    lines += ["", "## Covenants", "", "| covenant | name | expires | members |", "|---|---|---|---|"]
    lines += [f"| `{n}` | {c.name} | {c.expires} | {', '.join(c.members)} |" for n, c in rules.covenants.items()]
    lines += [
        "",
        "## Whose data a link is",
        "",
        "| link | kind of data | holder where no source is named |",
        "|---|---|---|",
    ]
    lines += [f"| {n} | {d.data} | {d.holder} |" for n, d in rules.links.items()]
    return "\n".join(lines) + "\n"
