-- +goose Up

-- The record of what happened: see package audit for the chain. Only appended to.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY, -- from 1, without gaps
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    item       INTEGER NOT NULL,    -- these are 0 for none, and refer to rows that
    revision   INTEGER NOT NULL,    -- may be gone when the log is read
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

-- What of a row may be personal, with the key of the row's commitment to it.
-- Erasing a person deletes rows here and none there.
CREATE TABLE audit_text (
    seq    INTEGER PRIMARY KEY REFERENCES audit,
    key    BLOB NOT NULL,
    person TEXT NOT NULL, -- address in lower case, '' for nobody's
    text   TEXT NOT NULL  -- JSON, to the octet as it was committed to
) STRICT;
CREATE INDEX audit_text_person ON audit_text (person);

-- What there was before there was a log: of these and lower numbers it has no
-- entry. The log's first row says the same, and is what counts once it is there.
CREATE TABLE audit_since (
    item      INTEGER NOT NULL,
    decision  INTEGER NOT NULL,
    signature INTEGER NOT NULL
) STRICT;
INSERT INTO audit_since (item, decision, signature) SELECT
    (SELECT coalesce(max(id), 0) FROM item),
    (SELECT coalesce(max(id), 0) FROM decision),
    (SELECT coalesce(max(id), 0) FROM signature);

-- Against accidents. Whoever means to change the log can drop these first; it is
-- the chain that shows it.
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
