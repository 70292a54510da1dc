"""Cases with a row in every table, files of the form before, and what an attacker does to either."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from barrier.advise.plan import plan_for
from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Viewer, shipped_sharing
from barrier.casework import journal, state
from barrier.casework.cases import By, Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.evaluation import keep_worklist
from barrier.casework.terms import Extensions, shipped_terms
from barrier.chain import canonical, hash_of
from tests.planning import dossier, finding, setting, told

DAY = date(2026, 11, 24)
JANSEN = By("Jansen", "account", "because")


def full_cases(path: Path) -> Cases:
    """Return cases with a row in every table, and every action done."""
    cases = Cases(CaseDatabase(path), DAY)
    signals = [told("nuisance", "police", "o1", "confirmed"), told("outreach_concern", "ggd", "o2")]
    about = dossier([finding("overcrowded", "housing", "a1", "Address")], signals=signals, visits=("breach",))
    made = plan_for(about, setting())
    case = cases.open(made.dossier, made.records(shipped_powers()), JANSEN, title="Trial at a1", scan="s1")
    cases.gather(case, ["earlier_warning"], JANSEN)
    cases.weigh(case, "administrative", JANSEN)
    cases.assign(case, "municipality_housing", "De Wit", JANSEN)
    cases.assign(case, "municipality_housing", "De Vries", JANSEN)
    cases.decide(case, "housing_visit", "accepted", JANSEN)
    cases.intervene(case, "housing_visit", DAY, "Awb 5:11", JANSEN)
    cases.outcome(case, 1, "victims helped", JANSEN, helped=4)
    cases.feedback(case, "ggd", JANSEN, viewer=Viewer("ggd", DAY, shipped_sharing(), shipped_powers().partners))
    keep_worklist(cases.database, "s1", "account", {"a1": ["overcrowded"], "a7": []})
    extensions = Extensions(cases.database, shipped_terms())
    extensions.extend("sig-1", DAY + timedelta(days=30), JANSEN, ends=DAY, today=DAY)
    cases.close(case, JANSEN)
    return cases


def edit(path: Path, *statements: str) -> None:
    """Run statements as somebody with a console does, with the triggers as they were afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        for _, sql in triggers:
            raw.execute(sql)


def rewrite_chain(path: Path, change: dict[str, str]) -> None:
    """Work the chain out anew from the first line, with other names: what an attacker who knows the form does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.row_factory = sqlite3.Row
        links = list(journal.links(raw))
    previous, statements = "0" * 64, []
    for link in links:
        header = {**link.told(), "prev": previous}
        header = {k: change.get(v, v) if isinstance(v, str) else v for k, v in header.items()}
        text = canonical(header)
        previous = hash_of(text)
        quoted = text.replace("'", "''")
        statements.append(f"UPDATE journal SET header = '{quoted}', hash = '{previous}' WHERE number = {header['n']}")
    edit(path, *statements, f"UPDATE journal_head SET hash = '{previous}'")


OLD = """
CREATE TABLE migration (name TEXT PRIMARY KEY, at TEXT NOT NULL);
INSERT INTO migration VALUES ('001_cases', 'x'), ('002_terms', 'x');
INSERT INTO dossier VALUES ('case-2026-0001', 'T', 'finding', 'f:a1', '{}', '[0, 1]', 'weighing', '2026-01-01', 'J',
  's', '[]', 'care', NULL);
"""


def old_file(path: Path, *, verdict: str = "care") -> None:
    """Make a file as the version before made it."""
    folder = Path(state.__file__).parent / "migrations"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for name in ("001_cases", "002_terms"):
            raw.executescript((folder / f"{name}.sql").read_text(encoding="utf-8"))
        raw.executescript(OLD.replace("'care'", f"'{verdict}'"))
        previous = "0" * 64
        for number, action in ((1, "open"), (2, "weigh")):
            about: dict[str, Any] = {
                "n": number,
                "at": f"2026-01-0{number}T12:00:00+00:00",
                "actor": "J",
                "account": "x",
            }
            line = json.dumps({**about, "case": "case-2026-0001", "action": action, "content": {"about": "f:a1"}})
            digest = journal.old_hash(previous, line)
            raw.execute("INSERT INTO journal VALUES (?, ?, ?, ?)", (number, line, previous, digest))
            previous = digest
        raw.execute("INSERT INTO journal_head VALUES (2, ?)", (previous,))
