-- The journal as a chain whose content can be erased; lines of the form before stay in journal_old, and the first new
-- line follows the last of them.
DROP TRIGGER journal_stays;
DROP TRIGGER journal_keeps;
ALTER TABLE journal RENAME TO journal_old;
CREATE TABLE journal (
  number INTEGER PRIMARY KEY,
  header TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TABLE journal_content (
  number INTEGER NOT NULL REFERENCES journal,
  part TEXT NOT NULL,
  salt TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (number, part)
);
CREATE TABLE journal_signature (
  number INTEGER NOT NULL,
  hash TEXT NOT NULL,
  at TEXT NOT NULL,
  named_by TEXT NOT NULL,
  signature TEXT NOT NULL
);
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'the journal is only added to');
END;
CREATE TRIGGER journal_keeps BEFORE DELETE ON journal
BEGIN
  SELECT RAISE(ABORT, 'the journal is only added to');
END;
CREATE TRIGGER content_stays BEFORE UPDATE ON journal_content
BEGIN
  SELECT RAISE(ABORT, 'content of the journal is erased, never changed');
END;
