"""A case from intake to evaluation: open, weigh, assign, decide, intervene, tell the reporters, close.

Rule: advice is a draft until somebody named decides, once, with a reason; what is blocked cannot be carried out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from barrier.advise.dossier import Dossier
from barrier.advise.sharing import OPEN, Viewer
from barrier.casework.database import CaseDatabase, Row
from barrier.casework.interventions import check_day, pretext
from barrier.casework.journal import SEALED, Entry
from barrier.errors import InputError
from barrier.printable import parsed_json, says_something

STEPS = ("intake", "file", "weighing", "assignment", "intervention", "evaluation", "closed")
VERDICTS = ("criminal", "administrative", "fiscal", "care", "combined", "no action")
OUTCOMES = ("found", "nothing", "breach", "victims helped", "closed wrongly")
FEEDBACK_DAYS = 60
VISITS_APART_DAYS = 7
_PARTS = {
    "assignments": "SELECT * FROM assignment WHERE case_id = ? ORDER BY rowid",
    "interventions": "SELECT * FROM intervention WHERE case_id = ? ORDER BY rowid",
    "feedback": "SELECT * FROM feedback WHERE case_id = ? ORDER BY rowid",
}


@dataclass(frozen=True)
class By:
    """Who does something and why.

    Args:
        person: Name of the person who decides.
        account: Account of the machine.
        reason: Why.
    """

    person: str
    account: str
    reason: str = ""

    def named(self) -> By:
        """Return this, refused when nobody is named.

        Raises:
            InputError: There is no name.
        """
        if not says_something(self.person, least=1):
            raise InputError(["a named person decides; nobody was named"], hint="name yourself with --by NAME")
        return self

    def reasoned(self) -> By:
        """Return this, refused when nobody is named or no reason is given.

        Raises:
            InputError: There is no name or no reason.
        """
        if not says_something(self.reason):
            raise InputError(["a decision needs a reason, and none was given"], hint="say why with --reason TEXT")
        return self.named()


@dataclass(frozen=True)
class Cases:
    """What can be done with cases.

    Args:
        database: Where they are kept.
        today: The day it is.
    """

    database: CaseDatabase
    today: date

    def open(self, dossier: Dossier, records: Sequence[Mapping[str, Any]], by: By, *, title: str, scan: str) -> str:
        """Open a case from a cluster or finding with its draft advice; return its id.

        Raises:
            InputError: A case about the same thing is open already.
        """
        by.named()
        same = self.database.rows("SELECT case_id FROM dossier WHERE about_id = ? AND closed_at IS NULL", dossier.id)
        if same:
            hint = f"see: barrier case show {same[0]['case_id']}"
            raise InputError([f"{dossier.id}: is case {same[0]['case_id']} already"], hint=hint)
        number = len(self.database.rows("SELECT 1 FROM dossier")) + 1
        case = f"case-{self.today.year}-{number:04}"
        content = {"about": dossier.id, "title": title, "advice": [r["id"] for r in records]}
        due = (self.today + timedelta(days=FEEDBACK_DAYS)).isoformat()
        with self._change(case, "open", by, content) as db:
            db.execute(
                "INSERT INTO dossier VALUES (?, ?, ?, ?, ?, ?, 'intake', ?, ?, ?, ?, '', NULL)",
                (
                    case,
                    title,
                    dossier.kind,
                    dossier.id,
                    json.dumps(dict(sorted(dossier.members.items()))),
                    json.dumps(dossier.people),
                    self.today.isoformat(),
                    by.person,
                    scan,
                    json.dumps([parsed_json(f.as_json()) for f in dossier.findings], ensure_ascii=False),
                ),
            )
            for record in records:
                db.execute(
                    "INSERT INTO advice (case_id, advice_id, record) VALUES (?, ?, ?)",
                    (case, record["id"], _json(record)),
                )
            for reporter, origin in sorted({(s.holder, s.origin) for _, s in dossier.signals() if s.holder}):
                db.execute("INSERT INTO feedback VALUES (?, ?, ?, ?, '', NULL, '')", (case, reporter, origin, due))
        return case

    def get(self, case: str) -> Row:
        """Return a case with its advice, assignments, interventions and feedback.

        Args:
            case: Its id; or what an open case is about, or a member of that.

        Raises:
            InputError: There is no such case.
        """
        found = self.database.rows("SELECT * FROM dossier WHERE case_id = ? AND step <> ?", case, SEALED)
        found = found or [
            r for r in self.all() if not r["closed_at"] and case in (r["about_id"], *parsed_json(r["members"]))
        ]
        if not found:
            raise no_such_case(case)
        case = found[0]["case_id"]
        row = {**found[0], "members": parsed_json(found[0]["members"]), "people": parsed_json(found[0]["people"])}
        row["findings"] = parsed_json(row["findings"])
        advice = self.database.rows("SELECT * FROM advice WHERE case_id = ? ORDER BY rowid", case)
        row["advice"] = [
            {**parsed_json(a["record"]), **{k: a[k] for k in ("state", "decided_by", "decided_at", "reason")}}
            for a in advice
        ]
        for name, query in _PARTS.items():
            row[name] = self.database.rows(query, case)
        return row

    @staticmethod
    def _advice(row: Row, advice: str) -> dict[str, Any]:
        """Return advice of a case by its id or that of its power."""
        found = [a for a in row["advice"] if advice in (a["id"], a["power"])]
        if not found:
            raise InputError(
                [f"{advice}: no such advice in {row['case_id']}"], hint=f"see: barrier case show {row['case_id']}"
            )
        one: dict[str, Any] = found[0]
        return one

    def all(self) -> list[Row]:
        """Return all cases, the open ones first."""
        return self.database.rows(
            "SELECT * FROM dossier WHERE step <> ? ORDER BY closed_at IS NOT NULL, case_id", SEALED
        )

    def ageing(self) -> list[Row]:
        """Return feedback that waits longer than agreed, the oldest first, with how many days it is late."""
        rows = self.database.rows(
            "SELECT * FROM feedback WHERE sent_at IS NULL AND due < ? ORDER BY due", self.today.isoformat()
        )
        return [{**r, "late_days": (self.today - date.fromisoformat(r["due"])).days} for r in rows]

    def gather(self, case: str, facts: Sequence[str], by: By) -> list[str]:
        """Record that a case file is put together, and facts that only people know; return the advice they complete.

        Args:
            case: The case.
            facts: Ids of facts that advice of the case still misses, and that somebody vouches for with a reason.
            by: Who vouches.

        Raises:
            InputError: No advice misses such a fact, or a fact has no name or reason.
        """
        row = self._open(case)
        case = row["case_id"]
        by = by.reasoned() if facts else by.named()
        missed = {m["fact"] for a in row["advice"] for m in a["facts_missing"]}
        unknown = [f"{f}: no advice of {case} misses this fact" for f in facts if f not in missed]
        if unknown:
            raise InputError(unknown, hint=f"missing here: {', '.join(sorted(missed)) or 'nothing'}")
        completed = []
        with self._change(case, "file", by, {"facts": sorted(facts), "reason": by.reason}) as db:
            for advice in row["advice"]:
                record = _with_facts(advice, facts, by)
                if record is not None:
                    db.execute(
                        "UPDATE advice SET record = ? WHERE case_id = ? AND advice_id = ?",
                        (_json(record), case, record["id"]),
                    )
                    completed += [] if record["facts_missing"] else [str(record["id"])]
            db.execute("UPDATE dossier SET step = 'file' WHERE case_id = ? AND step = 'intake'", (case,))
        return completed

    def weigh(self, case: str, verdict: str, by: By) -> None:
        """Record what the meeting decided to do: a route, or nothing, and why."""
        case = self._open(case)["case_id"]
        if verdict not in VERDICTS:
            raise InputError([f"{verdict}: expected one of {', '.join(VERDICTS)}"])
        with self._change(case, "weigh", by.reasoned(), {"verdict": verdict, "reason": by.reason}) as db:
            db.execute("UPDATE dossier SET step = 'weighing', verdict = ? WHERE case_id = ?", (verdict, case))

    def assign(self, case: str, partner: str, person: str, by: By) -> None:
        """Give a partner's part of a case to a person."""
        case = self._open(case)["case_id"]
        with self._change(case, "assign", by.named(), {"partner": partner, "person": person}) as db:
            db.execute(
                "INSERT OR REPLACE INTO assignment VALUES (?, ?, ?, ?)", (case, partner, person, self.today.isoformat())
            )
            db.execute("UPDATE dossier SET step = 'assignment' WHERE case_id = ?", (case,))

    def decide(self, case: str, advice: str, state: str, by: By) -> None:
        """Accept or reject draft advice, once.

        Raises:
            InputError: There is no such advice, it is decided already, or name or reason is missing.
        """
        by.reasoned()
        row = self._open(case)
        case, advice = row["case_id"], self._advice(row, advice)["id"]
        with self._change(case, state.removesuffix("ed"), by, {"advice": advice, "reason": by.reason}) as db:
            now = self.database.clock().isoformat(timespec="seconds")
            changed = db.execute(
                "UPDATE advice SET state = ?, decided_by = ?, decided_at = ?, reason = ? "
                "WHERE case_id = ? AND advice_id = ? AND state = 'draft'",
                (state, by.person, now, by.reason, case, advice),
            ).rowcount
            if not changed:
                found = db.execute(
                    "SELECT * FROM advice WHERE case_id = ? AND advice_id = ?", (case, advice)
                ).fetchone()
                told = f"{found['state']} by {found['decided_by']} on {found['decided_at'][:10]}: {found['reason']}"
                hint = "a decision stands; open a new case when things have changed"
                raise InputError([f"{advice}: was {told}"], hint=hint)

    def intervene(self, case: str, advice: str, day: date, basis: str, by: By, *, met: Sequence[str] = ()) -> list[str]:
        """Record that accepted advice is carried out on a day, and on which legal basis; return warnings.

        Raises:
            InputError: The advice was not accepted, something that must come first is open, or there is no basis.
        """
        row = self._open(case)
        a = self._advice(row, advice)
        case, advice = row["case_id"], a["id"]
        problems = [] if a["state"] == "accepted" else [f"{advice}: is {a['state']}; a named person accepts it first"]
        problems += [] if basis.strip() else [f"{advice}: no legal basis was given; a visit without one cannot be used"]
        waiting = [
            p["about"] for p in a["preconditions"] if p["safeguard"] in a["blocked"] and p["safeguard"] not in met
        ]
        problems += [f"{advice}: first: {w}" for w in waiting]
        if problems:
            raise InputError(problems, hint="say what is met with --met SAFEGUARD, the basis with --basis TEXT")
        visit = a["step"] in ("visit", "sanction", "clearance", "closure", "criminal")
        warnings = self._overlaps(case, a, day) + pretext(a, basis)
        said = {"advice": advice, "day": day.isoformat(), "basis": basis, "met": sorted(met), "warnings": warnings}
        with self._change(case, "intervene", by.named(), said) as db:
            values = (
                case,
                advice,
                a["partner"],
                json.dumps(a["targets"]),
                basis,
                day.isoformat(),
                int(visit),
                by.person,
            )
            db.execute(
                "INSERT INTO intervention (case_id, advice_id, partner, targets, basis, day, visit, named_by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            db.execute("UPDATE dossier SET step = 'intervention' WHERE case_id = ?", (case,))
        return warnings

    def _overlaps(self, case: str, advice: Mapping[str, Any], day: date) -> list[str]:
        """Return that somebody else goes to the same place in the same week: when, never what for."""
        rows = self.database.rows(
            "SELECT case_id, partner, targets, day FROM intervention WHERE partner <> ?", advice["partner"]
        )
        found = []
        for r in rows:
            apart = abs((date.fromisoformat(r["day"]) - day).days)
            if apart < VISITS_APART_DAYS and set(parsed_json(r["targets"])) & set(advice["targets"]):
                who = f" ({r['partner']})" if r["case_id"] == case else ""
                found.append(
                    f"overlap: another partner{who} is active at the same subject on {r['day']}; agree on who goes when"
                )
        return found

    def outcome(self, case: str, intervention: int, outcome: str, by: By, *, helped: int = 0) -> None:
        """Record what an intervention brought, on its day or later."""
        row = self._open(case)
        case = row["case_id"]
        if outcome not in OUTCOMES:
            raise InputError([f"{outcome}: expected one of {', '.join(OUTCOMES)}"])
        check_day(row, intervention, self.today)
        said = {"intervention": intervention, "outcome": outcome, "helped": helped, "note": by.reason}
        with self._change(case, "outcome", by.named(), said) as db:
            changed = db.execute(
                "UPDATE intervention SET outcome = ?, helped = ?, note = ? WHERE id = ? AND case_id = ?",
                (outcome, helped, by.reason, intervention, case),
            ).rowcount
            if not changed:
                raise InputError(
                    [f"{intervention}: no such intervention in {case}"], hint=f"see: barrier case show {case}"
                )
            db.execute("UPDATE dossier SET step = 'evaluation' WHERE case_id = ?", (case,))

    def feedback(self, case: str, reporter: str, by: By, *, viewer: Viewer) -> str:
        """Tell a reporter what came of a signal, in the form the gates allow; return the text.

        Raises:
            InputError: This reporter has no signal in the case.
        """
        row = self.get(case)
        case = row["case_id"]
        if reporter not in {f["reporter"] for f in row["feedback"]}:
            raise InputError(
                [f"{reporter}: no signal of this partner in {case}"], hint=f"see: barrier case show {case}"
            )
        form = "outcome" if viewer.state("signal", "riec") == OPEN else "receipt"
        text = _feedback_text(row, form)
        with self._change(case, "feedback", by.named(), {"reporter": reporter, "form": form}) as db:
            db.execute(
                "UPDATE feedback SET sent_at = ?, form = ?, text = ? "
                "WHERE case_id = ? AND reporter = ? AND sent_at IS NULL",
                (self.today.isoformat(), form, text, case, reporter),
            )
        return text

    def close(self, case: str, by: By) -> list[str]:
        """Close a case; return what is still open in it: accepted advice without intervention, feedback not sent."""
        row = self._open(case)
        case = row["case_id"]
        done = {i["advice_id"] for i in row["interventions"]}
        left = [
            f"accepted, not carried out: {a['id']} ({a['partner']})"
            for a in row["advice"]
            if a["state"] == "accepted" and a["id"] not in done
        ]
        left += [f"no outcome recorded: intervention {i['id']}" for i in row["interventions"] if not i["outcome"]]
        left += [
            f"no feedback yet: {r}" for r in sorted({f["reporter"] for f in row["feedback"] if f["sent_at"] is None})
        ]
        with self._change(case, "close", by.reasoned(), {"reason": by.reason, "left": left}) as db:
            db.execute(
                "UPDATE dossier SET step = 'closed', closed_at = ? WHERE case_id = ?", (self.today.isoformat(), case)
            )
        return left

    def _open(self, case: str) -> Row:
        row = self.get(case)
        if row["closed_at"]:
            raise InputError([f"{case}: was closed on {row['closed_at']}"], hint="open a new case")
        return row

    def _change(self, case: str, action: str, by: By, content: Mapping[str, Any]) -> Any:
        return self.database.changing(Entry(by.person, by.account, case, action, content))


def no_such_case(case: str) -> InputError:
    """Return what is said of an unknown case, and of one that the reader may not know of: the same words."""
    return InputError([f"{case}: no such case"], hint="see: barrier case list")


def _with_facts(advice: Mapping[str, Any], facts: Sequence[str], by: By) -> dict[str, Any] | None:
    """Return the record of advice with facts moved from missing to present, or None where it misses none of them."""
    told = [m for m in advice["facts_missing"] if m["fact"] in facts]
    if not told:
        return None
    record = {k: v for k, v in advice.items() if k not in ("state", "decided_by", "decided_at", "reason")}
    record["facts_missing"] = [m for m in advice["facts_missing"] if m["fact"] not in facts]
    known = [{"fact": m["fact"], "about": m["about"], "where": [f"as recorded by {by.person}"]} for m in told]
    return {**record, "facts_present": [*advice["facts_present"], *known]}


def _feedback_text(case: Mapping[str, Any], form: str) -> str:
    if form == "receipt":
        return "Your signal was received and taken into account. More may not be shared with you."
    said = sorted({i["outcome"] for i in case["interventions"] if i["outcome"]})
    return f"Your signal became part of a case. Step: {case['step']}. Outcome so far: {', '.join(said) or 'none yet'}."


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True)
