-- +goose Up

-- While a hold is active (not lifted), nothing is sent, because this store is a copy and the
-- original may have sent more since. Backup adds an active hold to each copy. Holds are
-- kept for ever: mail that was unsent in the copy and is sent after it may arrive twice.
CREATE TABLE hold (
    id       INTEGER PRIMARY KEY,
    copied   INTEGER NOT NULL, -- when the copy was made, as far as known
    restored INTEGER,          -- NULL in the copy itself
    lifted   INTEGER
) STRICT;
CREATE UNIQUE INDEX hold_one_standing ON hold (lifted IS NULL) WHERE lifted IS NULL;

-- Table step may also have state failed: the last attempt, until the operator retried.

-- How a mailing's readers were chosen, as JSON; '' for mailings older than this column.
ALTER TABLE mailing ADD COLUMN readers TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE mailing DROP COLUMN readers;
DROP TABLE hold;
