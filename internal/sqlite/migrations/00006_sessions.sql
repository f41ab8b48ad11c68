-- +goose Up

-- A link to the desk that was mailed. Its handle is computed from this row, and its
-- number is never given twice, though old rows go.
CREATE TABLE sign_in (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    person  TEXT    NOT NULL,
    browser TEXT    NOT NULL, -- SHA-256 of what the browser that asked was given
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER
) STRICT;

-- Somebody is signed in.
CREATE TABLE session (
    key     TEXT PRIMARY KEY, -- SHA-256 of what the browser was given
    person  TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE session;
DROP TABLE sign_in;
