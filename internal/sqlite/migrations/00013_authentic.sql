-- +goose Up

-- What was found out of a message's author (pass, fail or none; '' in messages from
-- before), for want of what it did nothing (0 for nothing), and the DKIM signature that
-- answers for what it decides ('' for none).
ALTER TABLE message ADD COLUMN auth TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN signature TEXT NOT NULL DEFAULT '';
CREATE INDEX message_signature ON message (signature) WHERE signature <> '';

-- A message that was called forged before did nothing either.
UPDATE message SET lacks = 2 WHERE why LIKE 'nothing is done: its sender may be forged%';

-- Servers of which a check or a mail showed that they write their Authentication-Results above
-- their own Received field.
CREATE TABLE mail_server (
    authserv_id TEXT PRIMARY KEY,
    seen        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE mail_server;
DROP INDEX message_signature;
ALTER TABLE message DROP COLUMN signature;
ALTER TABLE message DROP COLUMN lacks;
ALTER TABLE message DROP COLUMN auth;
