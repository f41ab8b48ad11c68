-- +goose Up

-- What came back of what was mailed, one row for a report on a mail. Only appended to.
CREATE TABLE bounce (
    id         INTEGER PRIMARY KEY,
    message    INTEGER REFERENCES message,  -- the report; NULL when the relay refused the mail at once
    at         INTEGER NOT NULL,
    fate       TEXT    NOT NULL,            -- hard, soft, policy, delayed, delivered, complaint
    delivery   INTEGER REFERENCES delivery, -- of which mail; both NULL for none that is known
    letter     INTEGER REFERENCES letter,
    evidence   TEXT    NOT NULL,            -- by what that is known
    counts     INTEGER NOT NULL,            -- 0 for a report that is kept and changes nothing
    address    TEXT    NOT NULL,            -- as the report has it
    status     TEXT    NOT NULL,
    code       INTEGER NOT NULL,
    diagnostic TEXT    NOT NULL
) STRICT;
CREATE INDEX bounce_delivery ON bounce (delivery);
CREATE INDEX bounce_letter ON bounce (letter);
CREATE INDEX bounce_address ON bounce (lower(address));
CREATE INDEX delivery_person ON delivery (person);
CREATE INDEX letter_request ON letter (request);

-- From when on bounces count: the operator lifted a suppression. NULL for always.
ALTER TABLE person ADD COLUMN cleared INTEGER;

-- +goose Down

ALTER TABLE person DROP COLUMN cleared;
DROP INDEX letter_request;
DROP INDEX delivery_person;
DROP TABLE bounce;
