-- +goose Up

-- What a reader finds behind an event's link: registration, programme, or ''.
ALTER TABLE event ADD COLUMN link_kind TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE event DROP COLUMN link_kind;
