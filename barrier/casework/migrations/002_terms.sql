-- Extended terms of signals: until when, who and why.
CREATE TABLE term (
  signal TEXT NOT NULL,
  until TEXT NOT NULL,
  named_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (signal, at, until)
);
