-- +goose Up

-- auth: the verdict on the author (pass, fail or none; '' for messages older than this
-- column). lacks: what the message would have needed to do more, 0 for nothing. signature:
-- the DKIM signature that vouches for its decision, '' for none.
ALTER TABLE message ADD COLUMN auth TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN signature TEXT NOT NULL DEFAULT '';
CREATE INDEX message_signature ON message (signature) WHERE signature <> '';

-- Earlier messages that were taken for forged did nothing either.
UPDATE message SET lacks = 2 WHERE why LIKE 'nothing is done: its sender may be forged%';

-- Servers that are known, from a check or a mail, to write their Authentication-Results
-- field above their own Received field.
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
