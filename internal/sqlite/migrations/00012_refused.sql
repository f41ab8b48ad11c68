-- +goose Up

-- Who refuses us: the relay our account, or a domain our mail. What waits for it does
-- not expire, and is paused in the end.
CREATE TABLE refused (
    domain  TEXT PRIMARY KEY, -- whose mail waits, in lower case; '' for all mail
    since   INTEGER NOT NULL, -- the first refusal since a mail was last accepted
    counted INTEGER NOT NULL, -- from when on the time counts until mailings are paused
    last    INTEGER NOT NULL, -- the last refusal
    next    INTEGER NOT NULL, -- when one mail is tried again
    trying  INTEGER NOT NULL, -- one is
    tries   INTEGER NOT NULL,
    code    INTEGER NOT NULL,
    reply   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE refused;
