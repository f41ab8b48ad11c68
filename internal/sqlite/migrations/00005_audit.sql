-- +goose Up

-- The audit log; package audit explains the chain. Rows are only added.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY, -- from 1, without gaps
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    item       INTEGER NOT NULL,    -- this and the next six: 0 for none; the rows
    revision   INTEGER NOT NULL,    -- that they refer to may be gone
    issue      INTEGER NOT NULL,
    proof      INTEGER NOT NULL,
    message    INTEGER NOT NULL,
    request    INTEGER NOT NULL,
    ref        INTEGER NOT NULL,
    commitment BLOB    NOT NULL,
    prev       BLOB    NOT NULL,
    hash       BLOB    NOT NULL
) STRICT;
CREATE INDEX audit_item ON audit (item);

-- The part of an audit row that may be personal, with the key of its commitment.
-- Erasing a person deletes rows here, and none in audit.
CREATE TABLE audit_text (
    seq    INTEGER PRIMARY KEY REFERENCES audit,
    key    BLOB NOT NULL,
    person TEXT NOT NULL, -- address in lower case, '' for none
    text   TEXT NOT NULL  -- JSON, exactly the octets committed to
) STRICT;
CREATE INDEX audit_text_person ON audit_text (person);

-- The highest IDs from before the log: it has no entries for these and lower ones. Once
-- the log has a first row, the numbers in that row count.
CREATE TABLE audit_since (
    item      INTEGER NOT NULL,
    decision  INTEGER NOT NULL,
    signature INTEGER NOT NULL
) STRICT;
INSERT INTO audit_since (item, decision, signature) SELECT
    (SELECT coalesce(max(id), 0) FROM item),
    (SELECT coalesce(max(id), 0) FROM decision),
    (SELECT coalesce(max(id), 0) FROM signature);

-- Against accidents only: an attacker can drop these triggers, but the chain shows the
-- change.
-- +goose StatementBegin
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the log is only appended to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the log is only appended to'); END;
-- +goose StatementEnd

-- +goose Down

DROP TABLE audit_since;
DROP TABLE audit_text;
DROP TABLE audit;
