-- +goose Up

-- An issue may have a variant for readers outside the network; '' is the full one. Each
-- delivery's variant is fixed when the mailing is created.
ALTER TABLE edition ADD COLUMN variant TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN variant TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE delivery DROP COLUMN variant;
ALTER TABLE edition DROP COLUMN variant;
