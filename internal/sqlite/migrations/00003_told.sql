-- +goose Up

-- What somebody was told that is told once: the key is unique for ever.
CREATE TABLE told (
    key TEXT PRIMARY KEY, -- the letter's topic and what it is about; never an address
    at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- By these an item's receipts are found, and what came in between two closings.
CREATE INDEX request_subject_item ON request_subject (item);
CREATE INDEX item_received ON item (received);

-- +goose Down

DROP INDEX item_received;
DROP INDEX request_subject_item;
DROP TABLE told;
