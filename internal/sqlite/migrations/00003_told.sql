-- +goose Up

-- What a person was told, once. The key is unique for ever.
CREATE TABLE told (
    key TEXT PRIMARY KEY, -- the letter's topic and what it is about; never an address
    at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- To find an item's receipts, and the items received between two closings.
CREATE INDEX request_subject_item ON request_subject (item);
CREATE INDEX item_received ON item (received);

-- +goose Down

DROP INDEX item_received;
DROP INDEX request_subject_item;
DROP TABLE told;
