-- +goose Up

-- A mailed link to the desk. Its handle is computed from this row. IDs are never reused,
-- although old rows are deleted.
CREATE TABLE sign_in (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    person  TEXT    NOT NULL,
    browser TEXT    NOT NULL, -- SHA-256 of the cookie of the browser that asked
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER
) STRICT;

-- A signed-in session.
CREATE TABLE session (
    key     TEXT PRIMARY KEY, -- SHA-256 of the cookie
    person  TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE session;
DROP TABLE sign_in;
