"""Alerts: who is told of what, once, without anything that should stay inside.

Rule: a message has counts and where to look, no subject, no name; a partner is told of its own results only.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from barrier.audit.places import cases_of
from barrier.casework.cases import Cases
from barrier.erasure.erase import finish_results, finish_store
from barrier.errors import BarrierError, DamagedError, InputError
from barrier.history.folder import FILES, checked_record, result_lines
from barrier.model.yamlfile import Strict, load_yaml
from barrier.networks.clusters import COVERAGE
from barrier.printable import counted
from barrier.results.writing import CHANGES
from barrier.schedule.channels import Folder, Mail, Webhook
from barrier.schedule.outbox import Outbox
from barrier.store.locks import held

_OTHER = "other "  # marks in the outbox a finding that was counted only


class Recipient(Strict):
    """Who is told of what, and how."""

    name: str
    results: Path
    channel: Annotated[Mail | Webhook | Folder, Field(discriminator="kind")]
    partner: str = ""
    store: str = ""
    strengths: tuple[Literal["strong", "medium", "weak"], ...] = ("strong",)
    mode: Literal["digest", "each"] = "digest"
    cap: Annotated[int, Field(ge=1)] = 10
    look: str = ""


class Alerts(Strict):
    """The content of a file with recipients."""

    format: Literal[1]
    about: str = ""
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Told:
    """What became of sending alerts: messages written, handed over, still waiting, and what is damaged.

    ``others`` are findings not told yet, of strengths for which no message is written: the next one counts them.
    """

    written: int
    sent: int
    waiting: int
    damaged: int = 0
    others: int = 0

    def numbers(self) -> tuple[int, int, int]:
        """Return what there is to say after a scan."""
        return self.sent, self.waiting, self.damaged


def read_alerts(file: Path) -> Alerts:
    """Read a file with recipients.

    Raises:
        InputError: It is wrong, or names a recipient twice.
    """
    alerts = load_yaml(file, Alerts)
    names = [r.name for r in alerts.recipients]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError([f"{file.name}: {n} stands twice" for n in twice])
    return alerts


def send_alerts(alerts: Alerts, outbox: Outbox, *, today: date) -> Told:
    """Write the messages that are due to be written, and hand over what can be.

    Results that cannot be used hold nobody else's messages up, nor those that were written before.

    Raises:
        InputError: A result folder is none, or was not made for the partner that is told of it; told when everything
            else was sent.
        DamagedError: A result folder is damaged; as above.
        TryAgainError: Another process is sending, or the outbox cannot be used.
    """
    written, others, faults = 0, 0, []
    with held(Path(f"{outbox.path}.lock"), what=f"outbox {outbox.path}"):
        for recipient in alerts.recipients:
            try:
                messages, more = _write(recipient, outbox, today)
            except (InputError, DamagedError) as error:
                faults.append(error)
                continue
            written, others = written + messages, others + more
        sent, waiting = outbox.deliver({r.name: r.channel.send for r in alerts.recipients})
    if faults:
        raise _unread(faults, sent)
    return Told(written, sent, waiting, len(outbox.damaged()), others)


def _unread(faults: Sequence[BarrierError], sent: int) -> BarrierError:
    """Return what is wrong with the results that could not be used, and how much was sent all the same."""
    told = [f"{counted(sent, 'other message')} handed over all the same"] if sent else []
    problems, hint = [*(str(f) for f in faults), *told], faults[0].hint
    damaged = all(isinstance(f, DamagedError) for f in faults)
    return DamagedError("\n".join(problems), hint=hint) if damaged else InputError(problems, hint=hint)


def _write(to: Recipient, outbox: Outbox, today: date) -> tuple[int, int]:
    """Write what is new; return how many messages, and how many new findings of other strengths none of them counts."""
    record, findings, aside = _results(to)
    in_force = [f for f in findings if f.get("expires", "9999") > today.isoformat()]
    wanted = [f for f in in_force if f["strength"] in to.strengths]
    more = {_OTHER + f["id"]: f for f in in_force if f["strength"] not in to.strengths and not _is_coverage(f)}
    others = [i for i in outbox.untold(to.name, more) if more[i]["id"] not in aside]
    fresh = set(outbox.untold(to.name, (f["id"] for f in wanted)))
    quiet = fresh & aside
    new = [f for f in wanted if f["id"] in fresh - quiet]
    late = _ageing(to, today)
    late_new = set(outbox.untold(to.name, late))
    if not new and not late_new:
        outbox.put(to.name, [], sorted(quiet))
        return 0, len(others)
    if to.mode == "digest":
        messages, counts = _digest(to, record, new, len(late), len(others)), others
    else:
        messages, counts = _each(to, record, new, len(late)), []
    told = [*(f["id"] for f in new), *sorted(quiet), *sorted(late_new), *counts]
    return outbox.put(to.name, messages, told), len(others) - len(counts)


def _is_coverage(finding: dict[str, Any]) -> bool:
    """Return whether a finding is about our own effort; the report counts those apart."""
    return bool(finding.get("subject", {}).get("label") == COVERAGE)


def _results(to: Recipient) -> tuple[dict[str, Any], list[dict[str, Any]], set[str]]:
    """Return scan.json, the findings, and ids of those that are new only because something else changed."""
    finish_results(to.results)
    try:
        record = checked_record(to.results, "findings.jsonl")
        changed = CHANGES in record.get(FILES, {}) or os.path.lexists(to.results / CHANGES)
        if changed:
            checked_record(to.results, CHANGES)
        findings = result_lines(to.results, "findings.jsonl")
        rows = result_lines(to.results, CHANGES) if changed else []
    except (OSError, ValueError) as error:
        hint = "name the folder that a scan wrote with --out"
        raise InputError([f"{to.name}: {to.results}: is no result folder"], hint=hint) from error
    if record.get("view", "") != to.partner:
        made_for = record.get("view", "") or "nobody in particular: it shows everything"
        hint = f"scan with --as {to.partner} into a folder of its own" if to.partner else "name the results of all"
        raise InputError([f"{to.name}: {to.results}: was made for {made_for}"], hint=hint)
    aside = {r["finding"] for r in rows if r["change"] == "new" and r["reason"] != "really"}
    return record, findings, aside


def _ageing(to: Recipient, today: date) -> list[str]:
    if not to.store or to.partner:
        return []
    finish_store(to.store)
    late = Cases(cases_of(to.store), today).ageing()
    return sorted(f"ageing {r['case_id']} {r['reporter']}" for r in late)


def _digest(
    to: Recipient, record: dict[str, Any], new: Sequence[dict[str, Any]], late: int, others: int
) -> list[tuple[str, str]]:
    by_barrier = Counter(f["barrier"] for f in new)
    shown = by_barrier.most_common(to.cap)
    lines = [f"- {barrier}: {count}" for barrier, count in shown]
    rest = len(new) - sum(count for _, count in shown)
    lines += [f"- and {rest} more"] if rest else []
    strengths = " or ".join(to.strengths)
    none = f"No new finding that is {strengths}."
    said = [f"{_new(to, len(new))}, {strengths}, by barrier:", *lines] if new else [none]
    said += [f"And {_new(to, others, 'other ')} of other strengths."] if others else []
    return [(_subject(to, record, len(new), late, others), _text(to, record, said, late))]


def _each(to: Recipient, record: dict[str, Any], new: Sequence[dict[str, Any]], late: int) -> list[tuple[str, str]]:
    """Return a message for each finding, up to the cap, and one for all the others."""
    made = []
    for finding in new[: to.cap]:
        said = [f"{_new(to, 1)} at the barrier {finding['barrier']}, {finding['strength']}."]
        made.append((_subject(to, record, 1, 0), _text(to, record, said, 0)))
    rest = len(new) - to.cap
    if rest > 0 or late:
        said = [f"and {rest} more."] if rest > 0 else []
        made.append((_subject(to, record, max(rest, 0), late), _text(to, record, said, late)))
    return made


def _new(to: Recipient, number: int, other: str = "") -> str:
    """Return how many findings are told for the first time; of a view it is not known that they are new."""
    told = counted(number, f"{other}finding") + " not told before"
    return told if to.partner else counted(number, f"{other}new finding")


def _subject(to: Recipient, record: dict[str, Any], new: int, late: int, others: int = 0) -> str:
    parts = [f"{new:,} {' or '.join(to.strengths)}" if others else _new(to, new)] if new else []
    parts += [_new(to, others, "other ")] if others else []
    parts += [counted(late, "feedback") + " overdue"] if late else []
    return f"Barrier {record['at']}: {', '.join(parts)}"


def _text(to: Recipient, record: dict[str, Any], said: Sequence[str], late: int) -> str:
    waiting = [f"{counted(late, 'feedback')} to reporters waiting longer than agreed."] if late else []
    where = to.look or f"the report in {to.results.name}, on the machine that scanned"
    lines = [*said, *waiting, "", f"Data of {record['at']}, scan {record['scan_id']}. Look here: {where}."]
    lines.append("A finding is a reason to look again, no conclusion. Content stays inside: do not reply with any.")
    return "\n".join(lines) + "\n"
