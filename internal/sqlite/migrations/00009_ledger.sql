-- +goose Up

-- Earlier versions left attempts without an outcome: these may have been sent.
UPDATE letter SET state = 'queued', doubtful = doubtful + 1, attempts = attempts + 1 WHERE state = 'in_doubt';
UPDATE delivery SET state = 'queued', doubtful = doubtful + 1, attempts = attempts + 1 WHERE state = 'in_doubt';

-- claims and claimed: how often, and when last, it was claimed. began: when the end of its
-- content was last about to be written; line: over which connection. doubtful: the number
-- of attempts that may have been sent.
ALTER TABLE letter ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letter ADD COLUMN claimed INTEGER;
ALTER TABLE letter ADD COLUMN began INTEGER;
ALTER TABLE letter ADD COLUMN line INTEGER;
ALTER TABLE delivery ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN claimed INTEGER;
ALTER TABLE delivery ADD COLUMN began INTEGER;
ALTER TABLE delivery ADD COLUMN line INTEGER;
CREATE INDEX letter_claimed ON letter (id) WHERE state = 'claimed';

-- Deliveries are claimed mailing by mailing, so that a waiting mailing costs nothing. The
-- first two indexes find queued and deferred deliveries; the last counts those not sent.
DROP INDEX delivery_waiting;
DROP INDEX delivery_open;
ALTER TABLE delivery DROP COLUMN urgency;
CREATE INDEX delivery_queued ON delivery (mailing, next, id) WHERE state = 'queued';
CREATE INDEX delivery_deferred ON delivery (mailing, next, id) WHERE state = 'deferred';
CREATE INDEX delivery_claimed ON delivery (mailing) WHERE state = 'claimed';
CREATE INDEX delivery_amiss ON delivery (mailing, state) WHERE state IN ('failed', 'suppressed', 'cancelled');

-- size is the number of deliveries. state is sending, paused, sent or cancelled.
ALTER TABLE mailing ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE mailing SET size = (SELECT count(*) FROM delivery WHERE delivery.mailing = mailing.id);

-- Attempts other than a mail's last one, which is in its own row. Rows are only added.
CREATE TABLE step (
    id      INTEGER PRIMARY KEY,
    class   TEXT    NOT NULL, -- letter, delivery
    mail    INTEGER NOT NULL,
    attempt INTEGER NOT NULL, -- from 0
    at      INTEGER NOT NULL,
    state   TEXT    NOT NULL, -- deferred, queued (put back) or in_doubt (perhaps sent)
    claimed INTEGER,
    began   INTEGER,
    line    INTEGER,
    code    INTEGER NOT NULL,
    reply   TEXT    NOT NULL
) STRICT;
CREATE INDEX step_mail ON step (class, mail);

-- A connection to the relay.
CREATE TABLE line (
    id     INTEGER PRIMARY KEY,
    opened INTEGER NOT NULL,
    peer   TEXT    NOT NULL
) STRICT;

-- A run of the daemon.
CREATE TABLE run (
    id      INTEGER PRIMARY KEY,
    started INTEGER NOT NULL,
    boot    TEXT    NOT NULL -- ID of the machine's boot, '' if unknown
) STRICT;

-- How many deliveries of a mailing were settled in ten seconds.
CREATE TABLE pace (
    mailing INTEGER NOT NULL REFERENCES mailing,
    at      INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    PRIMARY KEY (mailing, at)
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE pace;
DROP TABLE run;
DROP TABLE line;
DROP TABLE step;
ALTER TABLE mailing DROP COLUMN size;
DROP INDEX delivery_amiss;
DROP INDEX delivery_claimed;
DROP INDEX delivery_deferred;
DROP INDEX delivery_queued;
ALTER TABLE delivery ADD COLUMN urgency INTEGER NOT NULL DEFAULT 2;
UPDATE delivery SET urgency = 1 WHERE mailing IN (SELECT id FROM mailing WHERE kind = 'reminder');
CREATE INDEX delivery_open ON delivery (mailing) WHERE state IN ('queued', 'deferred', 'claimed', 'in_doubt');
CREATE INDEX delivery_waiting ON delivery (urgency, next, id) WHERE state IN ('queued', 'deferred');
DROP INDEX letter_claimed;
ALTER TABLE delivery DROP COLUMN line;
ALTER TABLE delivery DROP COLUMN began;
ALTER TABLE delivery DROP COLUMN claimed;
ALTER TABLE delivery DROP COLUMN claims;
ALTER TABLE letter DROP COLUMN line;
ALTER TABLE letter DROP COLUMN began;
ALTER TABLE letter DROP COLUMN claimed;
ALTER TABLE letter DROP COLUMN claims;
