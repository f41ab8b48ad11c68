-- +goose Up

-- Of an issue there may be a variant for readers outside the network; '' is the
-- whole. Who gets which is written when the mailing is frozen.
ALTER TABLE edition ADD COLUMN variant TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN variant TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE delivery DROP COLUMN variant;
ALTER TABLE edition DROP COLUMN variant;
