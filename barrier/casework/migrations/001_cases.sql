-- Cases, advice and decisions, assignments, interventions, feedback, control sample, journal.
CREATE TABLE dossier (
  case_id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  about_kind TEXT NOT NULL,
  about_id TEXT NOT NULL,
  members TEXT NOT NULL,
  people TEXT NOT NULL,
  step TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  scan TEXT NOT NULL,
  findings TEXT NOT NULL,
  verdict TEXT NOT NULL DEFAULT '',
  closed_at TEXT
);
CREATE UNIQUE INDEX one_open_case ON dossier (about_id) WHERE closed_at IS NULL;
CREATE TABLE advice (
  case_id TEXT NOT NULL REFERENCES dossier,
  advice_id TEXT NOT NULL,
  record TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'draft',
  decided_by TEXT,
  decided_at TEXT,
  reason TEXT,
  PRIMARY KEY (case_id, advice_id)
);
CREATE TABLE assignment (
  case_id TEXT NOT NULL REFERENCES dossier,
  partner TEXT NOT NULL,
  person TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, partner)
);
CREATE TABLE intervention (
  id INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES dossier,
  advice_id TEXT NOT NULL,
  partner TEXT NOT NULL,
  targets TEXT NOT NULL,
  basis TEXT NOT NULL,
  day TEXT NOT NULL,
  visit INTEGER NOT NULL,
  named_by TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT '',
  helped INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT ''
);
CREATE TABLE feedback (
  case_id TEXT NOT NULL REFERENCES dossier,
  reporter TEXT NOT NULL,
  origin TEXT NOT NULL,
  due TEXT NOT NULL,
  form TEXT NOT NULL DEFAULT '',
  sent_at TEXT,
  text TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (case_id, reporter, origin)
);
CREATE TABLE control (
  scan TEXT NOT NULL,
  subject TEXT NOT NULL,
  picked TEXT NOT NULL,
  detectors TEXT NOT NULL,
  PRIMARY KEY (scan, subject)
);
CREATE TABLE journal (
  number INTEGER PRIMARY KEY,
  line TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TABLE journal_head (
  number INTEGER NOT NULL,
  hash TEXT NOT NULL
);
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'the journal is only added to');
END;
CREATE TRIGGER journal_keeps BEFORE DELETE ON journal
BEGIN
  SELECT RAISE(ABORT, 'the journal is only added to');
END;
