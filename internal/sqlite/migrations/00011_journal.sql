-- +goose Up

-- The number of the run's journal, which is in its files too, so that the journal of
-- another store is recognised.
ALTER TABLE run ADD COLUMN journal INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE run DROP COLUMN journal;
