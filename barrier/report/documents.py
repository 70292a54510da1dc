"""Documents for a case meeting: administrative report, pre-weigh document, agenda; regional scan.

Rule: each sentence of fact carries its source and grade; what is missing has its own section; people are counts; a
document is made from what its reader may see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from barrier.advise.powers import Powers
from barrier.detect.library import Detector
from barrier.report.texts import Texts

REGISTERS = frozenset(
    {
        "BRP",
        "KVK",
        "BRK",
        "UBO",
        "IND",
        "tax",
        "municipal_tax",
        "licence_register",
        "register_correction",
        "civil_registry",
    }
)
MOST_PARTIES = 12


@dataclass(frozen=True)
class Table:
    """A table of a document: a head and rows of text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A section: a heading, paragraphs, perhaps bullets, perhaps a table."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Document:
    """A document before it is written as DOCX or HTML."""

    title: str
    subtitle: str
    language: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class CaseFile:
    """What a document about a case is made from.

    Args:
        case: The case (`Cases.get`).
        findings: Finding records that the reader may see.
        advice: Advice records that the reader may see, with their state.
        facilitators: Positions that the reader may see.
        people: Lowest and highest number of people affected; None where the reader may not be told.
        words: What each subject is.
        day: Day of the data.
        purpose: Why the scan was made.
        reader: Name of the reader; empty for everything.
        audience: For whom and by which gates, in words; empty for everything.
    """

    case: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    advice: Sequence[Mapping[str, Any]]
    facilitators: Sequence[Mapping[str, Any]]
    people: tuple[int, int] | None
    words: Mapping[str, str]
    day: str
    purpose: str
    reader: str
    audience: str = ""


@dataclass(frozen=True)
class Audience:
    """For whom a document is that is about more than one case: name, and by which gates; empty for everything."""

    reader: str = ""
    line: str = ""


@dataclass(frozen=True)
class Writer:
    """A language, the detectors and the powers that documents quote."""

    texts: Texts
    detectors: Mapping[str, Detector]
    powers: Powers

    def partner(self, name: str) -> str:
        """Return the name of a partner."""
        return str(getattr(self.powers.partners[name], self.texts.language))

    def instrument(self, advice: Mapping[str, Any]) -> str:
        """Return the name of an instrument."""
        return str(advice["instrument_nl"] if self.texts.language == "nl" else advice["instrument"])

    def effect(self, advice: Mapping[str, Any]) -> str:
        """Return the effect on victims."""
        return str(advice["victim_effect_nl"] if self.texts.language == "nl" else advice["victim_effect"])

    def fact(self, name: str) -> str:
        """Return what a fact is."""
        return str(getattr(self.powers.facts[name], self.texts.language)) if name in self.powers.facts else name

    def guard(self, name: str) -> str:
        """Return what must come first."""
        found = self.powers.safeguards.get(name)
        return str(getattr(found, self.texts.language)) if found else name


def administrative_report(file: CaseFile, writer: Writer) -> Document:
    """Return the administrative report (bestuurlijke rapportage) of a case."""
    t = writer.texts
    sections = [_reason(file, writer), _facts(file, writer), _explanations(file, writer), _evidence(file, writer)]
    sections += [_missing(file, writer), _measures(file, writer), _people(file, writer), _keeping(file, writer)]
    return _document("administrative_report", file, t, [s for s in sections if s])


def preweigh(file: CaseFile, writer: Writer) -> Document:
    """Return the pre-weigh document (preweegdocument) of a case, for the prosecutor."""
    t = writer.texts
    question = Section(t.say("question"), (t.say("question_text"),))
    victims = Section(t.say("victims"), (t.say("victims_text"), *_people(file, writer).paragraphs))
    sections = [_reason(file, writer), question, _parties(file, writer), _facts(file, writer), _evidence(file, writer)]
    sections += [victims, _routes(file, writer), _missing(file, writer), _keeping(file, writer)]
    return _document("preweigh", file, t, [s for s in sections if s])


def agenda(
    files: Sequence[CaseFile], writer: Writer, *, day: str, ageing: Sequence[Mapping[str, Any]], whom: Audience
) -> Document:
    """Return the agenda of a case meeting with a sheet for each case."""
    t = writer.texts
    lines = [
        f"{_case_line(f, t)}: " + t.say("to_decide", count=sum(a["state"] == "draft" for a in f.advice)) for f in files
    ]
    waiting = sorted(
        {f"{writer.partner(a['reporter'])} ({a['case_id']})" for a in ageing if a["reporter"] in writer.powers.partners}
    )
    late = t.say("waiting", who=", ".join(waiting)) if waiting else t.say("nobody_waits")
    none = t.say("no_cases_shown" if whom.reader else "no_cases")
    sections = [Section(t.say("meeting"), () if whom.reader else (late,), tuple(lines) or (none,))]
    for file in files:
        heading = _case_line(file, t)
        facts = _facts(file, writer)
        sections.append(Section(heading, _people(file, writer).paragraphs, facts.bullets[:8]))
        sections.append(_measures(file, writer, limit=8))
    subtitle = f"{day}. {_for_whom(whom.reader, whom.line, t)}"
    return Document(t.say("agenda"), subtitle, t.language, tuple(sections))


def anchored(document: Document, line: str, t: Texts) -> Document:
    """Return a document with the last line of the journal in it, so that the journal cannot be written anew unseen."""
    if not line:
        return document
    return replace(
        document, sections=(*document.sections, Section(t.say("journal"), (t.say("journal_text", line=line),)))
    )


def _document(name: str, file: CaseFile, t: Texts, sections: Sequence[Section]) -> Document:
    subtitle = f"{_for_whom(file.reader, file.audience, t)} {t.say('draft')}"
    return Document(t.say(name), subtitle, t.language, tuple(sections))


def _for_whom(reader: str, audience: str, t: Texts) -> str:
    return " ".join(x for x in (t.say("for_whom", partner=reader or t.say("everything")), audience) if x)


def _case_line(file: CaseFile, t: Texts) -> str:
    step = t.word(file.case["step"]) or t.say("not_shown")
    title = "" if file.case["title"] == file.case["case_id"] else file.case["title"]
    return t.say("case_line", case=file.case["case_id"], step=step, title=title).rstrip()


def _reason(file: CaseFile, writer: Writer) -> Section:
    t, case = writer.texts, file.case
    told = {"case": case["case_id"], "title": case["title"], "opened": case["opened_at"], "by": case["opened_by"]}
    why = t.say("purpose_text", purpose=file.purpose or t.say("no_purpose"))
    text = "reason_text" if case["opened_by"] else "reason_text_part"
    said = t.say(text, **told, day=file.day).replace(f"{case['case_id']} ({case['case_id']})", case["case_id"])
    return Section(t.say("reason_purpose"), (said, why))


def _facts(file: CaseFile, writer: Writer) -> Section:
    t = writer.texts
    order = {"strong": 0, "medium": 1, "weak": 2}
    bullets = []
    for f in sorted(file.findings, key=lambda x: (order[x["strength"]], x["id"])):
        sources = f["sources"] or ["-"]
        grade = "inferred" if set(sources) <= REGISTERS | {"-"} else "seen"
        said = t.sentence(f, writer.detectors.get(f["detector"]))
        told = {"subject": _subject(file, f, t), "sentence": said, "sources": ", ".join(sources)}
        bullets.append(t.say("fact", **told, grade=t.say(grade), strength=t.say(f["strength"])))
    return Section(t.say("facts"), (t.say("facts_text"),), tuple(bullets) or (t.say("no_facts"),))


def _subject(file: CaseFile, finding: Mapping[str, Any], t: Texts) -> str:
    node = finding["subject"]["id"]
    words = t.word(file.words.get(node, ""))
    return f"{node} ({words})" if words else str(node)


def _explanations(file: CaseFile, writer: Writer) -> Section:
    t = writer.texts
    held = [(f, e) for f in file.findings for e in f["explanations"] if e["holds"]]
    others = sum(not e["holds"] for f in file.findings for e in f["explanations"])
    bullets = [t.say("holds", subject=_subject(file, f, t), about=t.explanation(f["detector"], e)) for f, e in held]
    return Section(t.say("explanations"), (t.say("holds_not", count=others),), tuple(bullets))


def _evidence(file: CaseFile, writer: Writer) -> Section:
    t = writer.texts
    if not file.advice:
        return Section(t.say("evidence"), (t.say("no_facts"),))
    e = dict(file.advice[0]["evidence"])
    grades = {k: t.say(f"grade_{e.pop(k)}") for k in ("exploitation", "duty")}
    return Section(t.say("evidence"), (t.say("evidence_text", **grades, **e),))


def _missing(file: CaseFile, writer: Writer) -> Section:
    t = writer.texts
    needed: dict[str, tuple[list[str], list[str]]] = {}
    for a in (a for a in file.advice if a["state"] != "rejected"):
        for m in a["facts_missing"]:
            needed.setdefault(m["fact"], (m["from"], []))[1].append(writer.instrument(a))
    bullets = [
        t.say(
            "missing_item",
            fact=writer.fact(fact),
            who=", ".join(map(writer.partner, who)),
            instruments="; ".join(dict.fromkeys(instruments)),
        )
        for fact, (who, instruments) in sorted(needed.items())
    ]
    about = ("unknown_to_you", "nothing_unknown") if file.reader else ("missing", "nothing_missing")
    return Section(t.say(about[0]), (), tuple(bullets) or (t.say(about[1]),))


def _measures(file: CaseFile, writer: Writer, *, limit: int | None = None) -> Section:
    t = writer.texts
    names = ("order", "partner", "instrument", "basis", "days", "effect", "first", "state")
    head = tuple(t.say(f"col_{n}") for n in names)
    rows = []
    for a in [a for a in file.advice if a["state"] != "rejected"][:limit]:
        first = "; ".join(writer.guard(p["safeguard"]) for p in a["preconditions"] if p["state"] == "open")
        basis = a["legal_basis"] + (f" ({t.say('verify')})" if a["verify"] else "")
        days = f"{a['lead_time_days'][0]}-{a['lead_time_days'][1]}"
        cells = (str(a["order"]), writer.partner(a["partner"]), writer.instrument(a), basis, days)
        rows.append((*cells, writer.effect(a), first or "-", t.say(f"state_{a['state']}")))
    return Section(t.say("measures"), (t.say("measures_text"),), (), Table(head, tuple(rows)))


def _people(file: CaseFile, writer: Writer) -> Section:
    if file.people is None:
        return Section(writer.texts.say("people"), (writer.texts.say("people_hidden"),))
    low, high = file.people
    return Section(
        writer.texts.say("people"), (writer.texts.say("people_text", people=writer.texts.number(low, high)),)
    )


def _keeping(file: CaseFile, writer: Writer) -> Section:
    expires = min((f["expires"] for f in file.findings), default=file.day)
    return Section(writer.texts.say("keep"), (writer.texts.say("keep_text", expires=expires),))


def _parties(file: CaseFile, writer: Writer) -> Section:
    t = writer.texts
    bullets = [
        f"{t.word(f['label'])} {f['id']}: {'; '.join(map(t.position, f['facts']))}"
        for f in file.facilitators[:MOST_PARTIES]
    ]
    return Section(t.say("parties"), (t.say("parties_text"),), tuple(bullets) or (t.say("no_facts"),))


def _routes(file: CaseFile, writer: Writer) -> Section:
    t = writer.texts
    rows = []
    for route in ("care", "administrative", "fiscal", "criminal"):
        here = [a for a in file.advice if a["route"] == route and a["state"] != "rejected"]
        if here:
            ready = sum(not a["facts_missing"] and not a["blocked"] for a in here)
            blocked = sum(bool(a["blocked"]) for a in here)
            low, high = min(a["lead_time_days"][0] for a in here), max(a["lead_time_days"][1] for a in here)
            rows.append((t.say(f"route_{route}"), str(len(here)), str(ready), str(blocked), f"{low}-{high}"))
    head = tuple(t.say(f"col_{n}") for n in ("route", "count", "ready", "blocked", "days"))
    return Section(t.say("routes"), (), (), Table(head, tuple(rows)))


KINDS: dict[str, Callable[[CaseFile, Writer], Document]] = {"report": administrative_report, "preweigh": preweigh}
