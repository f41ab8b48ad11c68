-- +goose Up

-- Which journal is the run's: a number that stands in its files as well, so that one
-- which another store left in the folder is not taken for this one's.
ALTER TABLE run ADD COLUMN journal INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE run DROP COLUMN journal;
