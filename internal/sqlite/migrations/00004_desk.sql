-- +goose Up

-- Message 0 is for items that an editor wrote at the desk.
INSERT INTO message (id, uid_validity, uid, raw_hash, message_id, content_hash, sender, received, kind, why, folder, raw)
    VALUES (0, 0, 0, 'desk', 'desk', 'desk', '', 0, 'desk', 'it came by no mail', 'done', x'');
CREATE INDEX message_sender ON message (lower(sender), received);
CREATE INDEX message_received ON message (received);

-- The message that changed an item; NULL for a change at the desk. The log tells who
-- changed it.
ALTER TABLE revision ADD COLUMN message INTEGER REFERENCES message;

-- The editor for whom the person asked decides; '' for themselves.
ALTER TABLE request ADD COLUMN for_editor TEXT NOT NULL DEFAULT '';

-- speaker and signer are the deputy who acted for the editor, or ''. before_* is the item's
-- earlier state, '' for decisions older than this column. undoes is the decision that this
-- one takes back.
ALTER TABLE decision ADD COLUMN speaker TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN before_state TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN before_approved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decision ADD COLUMN undoes INTEGER REFERENCES decision;
CREATE INDEX decision_at ON decision (at);
ALTER TABLE signature ADD COLUMN signer TEXT NOT NULL DEFAULT '';

-- Who decides for an editor who is away. An editor's latest row counts.
CREATE TABLE delegation (
    id          INTEGER PRIMARY KEY,
    editor      TEXT    NOT NULL,
    deputy      TEXT    NOT NULL,
    deputy_name TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    message     INTEGER REFERENCES message,
    ended       INTEGER
) STRICT;
CREATE INDEX delegation_editor ON delegation (lower(editor));

-- +goose Down

DROP TABLE delegation;
ALTER TABLE signature DROP COLUMN signer;
DROP INDEX decision_at;
ALTER TABLE decision DROP COLUMN undoes;
ALTER TABLE decision DROP COLUMN before_approved;
ALTER TABLE decision DROP COLUMN before_state;
ALTER TABLE decision DROP COLUMN speaker;
ALTER TABLE request DROP COLUMN for_editor;
ALTER TABLE revision DROP COLUMN message;
DROP INDEX message_received;
DROP INDEX message_sender;
DELETE FROM message WHERE id = 0;
