-- +goose Up

-- The relay refuses our account, or a domain refuses our mail. Mail that waits for this does
-- not expire; its mailing is paused in the end.
CREATE TABLE refused (
    domain  TEXT PRIMARY KEY, -- whose mail waits, in lower case; '' for all mail
    since   INTEGER NOT NULL, -- the first refusal since a mail was last accepted
    counted INTEGER NOT NULL, -- start of the time after which mailings are paused
    last    INTEGER NOT NULL, -- the last refusal
    next    INTEGER NOT NULL, -- when one mail is tried next
    trying  INTEGER NOT NULL, -- one mail is being tried
    tries   INTEGER NOT NULL,
    code    INTEGER NOT NULL,
    reply   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE refused;
