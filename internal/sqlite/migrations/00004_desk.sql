-- +goose Up

-- Message 0 stands for what came by no mail: what an editor wrote at the desk.
INSERT INTO message (id, uid_validity, uid, raw_hash, message_id, content_hash, sender, received, kind, why, folder, raw)
    VALUES (0, 0, 0, 'desk', 'desk', 'desk', '', 0, 'desk', 'it came by no mail', 'done', x'');
CREATE INDEX message_sender ON message (lower(sender), received);
CREATE INDEX message_received ON message (received);

-- By which message an item was changed; NULL for one changed at the desk. Whose
-- change it was, the log tells.
ALTER TABLE revision ADD COLUMN message INTEGER REFERENCES message;

-- The editor whose voice the person asked has meanwhile; '' for their own.
ALTER TABLE request ADD COLUMN for_editor TEXT NOT NULL DEFAULT '';

-- speaker is the deputy who spoke, '' for the editor, and so is signer; before_* is where the item stood before, '' for what
-- was decided before that was kept; undoes is the decision that one takes back.
ALTER TABLE decision ADD COLUMN speaker TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN before_state TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN before_approved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decision ADD COLUMN undoes INTEGER REFERENCES decision;
CREATE INDEX decision_at ON decision (at);
ALTER TABLE signature ADD COLUMN signer TEXT NOT NULL DEFAULT '';

-- Whom editors have decide while they are away. The latest of an editor counts.
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
