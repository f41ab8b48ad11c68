-- +goose Up

-- What an event's link leads to: registration, programme, or ''.
ALTER TABLE event ADD COLUMN link_kind TEXT NOT NULL DEFAULT '';

-- The items that came with an event of a calendar file (RFC 5545), by its UID.
CREATE TABLE calendar_event (
    uid      TEXT    NOT NULL,
    item     INTEGER NOT NULL REFERENCES item,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (uid, item)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE calendar_event;
ALTER TABLE event DROP COLUMN link_kind;
