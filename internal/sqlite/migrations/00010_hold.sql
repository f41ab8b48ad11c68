-- +goose Up

-- While one of these stands (not lifted), nothing is sent: what is here was once a copy
-- of another store, and what that one did since is unknown. A copy is made with one
-- that stands. Kept for ever: what was not sent yet when the copy was made, and is sent
-- after it, may arrive twice.
CREATE TABLE hold (
    id       INTEGER PRIMARY KEY,
    copied   INTEGER NOT NULL, -- when the copy was made, as far as is known
    restored INTEGER,          -- NULL in the copy itself
    lifted   INTEGER
) STRICT;
CREATE UNIQUE INDEX hold_one_standing ON hold (lifted IS NULL) WHERE lifted IS NULL;

-- In table step, there is also state failed: of an attempt that was the last, until the
-- operator had it tried again.

-- By what a mailing's readers were chosen: JSON; '' where an earlier version did not
-- keep it.
ALTER TABLE mailing ADD COLUMN readers TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE mailing DROP COLUMN readers;
DROP TABLE hold;
