-- +goose Up

-- The tables and columns get the names that the code uses. No row changes.

-- A connection to the relay.
ALTER TABLE line RENAME TO connection;

-- An attempt to send a mail, other than its last one, which is in the mail's own row.
-- Rows are only added. state is deferred, queued (put back), in_doubt (perhaps sent)
-- or failed (the last attempt, until the operator retried).
ALTER TABLE step RENAME TO attempt;
ALTER TABLE attempt RENAME COLUMN attempt TO number; -- from 0
ALTER TABLE attempt RENAME COLUMN line TO connection;
DROP INDEX step_mail;
CREATE INDEX attempt_mail ON attempt (class, mail);

-- How many deliveries of a mailing were settled in ten seconds.
ALTER TABLE pace RENAME TO throughput;

-- What a person was notified of. The key is unique for ever, so that a notice is sent once.
ALTER TABLE told RENAME TO notified;

-- The relay refuses our account (domain is '') or one domain refuses our mail. What waits
-- for this does not expire. Mailings are paused when it has lasted too long, from counts_from.
ALTER TABLE refused RENAME TO relay_refusal;
ALTER TABLE relay_refusal RENAME COLUMN counted TO counts_from;

-- maybe_sent is the number of attempts that may have succeeded. connection is that of the
-- last attempt.
ALTER TABLE letter RENAME COLUMN doubtful TO maybe_sent;
ALTER TABLE letter RENAME COLUMN line TO connection;
ALTER TABLE delivery RENAME COLUMN doubtful TO maybe_sent;
ALTER TABLE delivery RENAME COLUMN line TO connection;

-- The deliveries that were not sent, to count them.
DROP INDEX delivery_amiss;
CREATE INDEX delivery_failed ON delivery (mailing, state) WHERE state IN ('failed', 'suppressed', 'cancelled');

-- class is hard, soft, policy, delayed, delivered or complaint.
ALTER TABLE bounce RENAME COLUMN fate TO class;

-- What the message would have needed to do more: 0 for nothing.
ALTER TABLE message RENAME COLUMN lacks TO missing;

-- One proof of an issue is current; one hold is active.
DROP INDEX proof_one_standing;
CREATE UNIQUE INDEX proof_one_current ON proof (issue) WHERE voided IS NULL;
DROP INDEX hold_one_standing;
CREATE UNIQUE INDEX hold_one_active ON hold (lifted IS NULL) WHERE lifted IS NULL;

-- +goose Down

DROP INDEX hold_one_active;
CREATE UNIQUE INDEX hold_one_standing ON hold (lifted IS NULL) WHERE lifted IS NULL;
DROP INDEX proof_one_current;
CREATE UNIQUE INDEX proof_one_standing ON proof (issue) WHERE voided IS NULL;
ALTER TABLE message RENAME COLUMN missing TO lacks;
ALTER TABLE bounce RENAME COLUMN class TO fate;
DROP INDEX delivery_failed;
CREATE INDEX delivery_amiss ON delivery (mailing, state) WHERE state IN ('failed', 'suppressed', 'cancelled');
ALTER TABLE delivery RENAME COLUMN connection TO line;
ALTER TABLE delivery RENAME COLUMN maybe_sent TO doubtful;
ALTER TABLE letter RENAME COLUMN connection TO line;
ALTER TABLE letter RENAME COLUMN maybe_sent TO doubtful;
ALTER TABLE relay_refusal RENAME COLUMN counts_from TO counted;
ALTER TABLE relay_refusal RENAME TO refused;
ALTER TABLE notified RENAME TO told;
ALTER TABLE throughput RENAME TO pace;
DROP INDEX attempt_mail;
CREATE INDEX step_mail ON attempt (class, mail);
ALTER TABLE attempt RENAME COLUMN connection TO line;
ALTER TABLE attempt RENAME COLUMN number TO attempt;
ALTER TABLE attempt RENAME TO step;
ALTER TABLE connection RENAME TO line;
