-- +goose Up

-- Bounce reports and complaints, one row for each mail that a report is about. Rows are
-- only added.
CREATE TABLE bounce (
    id         INTEGER PRIMARY KEY,
    message    INTEGER REFERENCES message,  -- the report; NULL when the relay refused the mail at once
    at         INTEGER NOT NULL,
    fate       TEXT    NOT NULL,            -- hard, soft, policy, delayed, delivered, complaint
    delivery   INTEGER REFERENCES delivery, -- the mail; both NULL if unknown
    letter     INTEGER REFERENCES letter,
    evidence   TEXT    NOT NULL,            -- what linked the report to the mail
    counts     INTEGER NOT NULL,            -- 0 for a report without effect
    address    TEXT    NOT NULL,            -- as written in the report
    status     TEXT    NOT NULL,
    code       INTEGER NOT NULL,
    diagnostic TEXT    NOT NULL
) STRICT;
CREATE INDEX bounce_delivery ON bounce (delivery);
CREATE INDEX bounce_letter ON bounce (letter);
CREATE INDEX bounce_address ON bounce (lower(address));
CREATE INDEX delivery_person ON delivery (person);
CREATE INDEX letter_request ON letter (request);

-- When the operator lifted a suppression: only later bounces count. NULL for never.
ALTER TABLE person ADD COLUMN cleared INTEGER;

-- +goose Down

ALTER TABLE person DROP COLUMN cleared;
DROP INDEX letter_request;
DROP INDEX delivery_person;
DROP TABLE bounce;
