-- +goose Up

-- What the editors and the contributor are told about a revision, besides its content.
ALTER TABLE revision ADD COLUMN remarks TEXT NOT NULL DEFAULT '{}'; -- JSON

-- Files of items that readers get a link to, such as a programme in PDF.
CREATE TABLE file (
    hash TEXT PRIMARY KEY, -- SHA-256 of data, in hexadecimal
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;

-- +goose Down

DROP TABLE file;
ALTER TABLE revision DROP COLUMN remarks;
