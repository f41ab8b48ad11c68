-- +goose Up

-- All instants are milliseconds since 1970 in UTC; NULL is none.

-- An inbound message, raw, as it was in the mailbox. A duplicate (the same UID and
-- octets, or the same Message-ID and content) is not handled again. The UID alone does
-- not tell: a recreated mailbox may count from 1 again.
CREATE TABLE message (
    id           INTEGER PRIMARY KEY,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    message_id   TEXT    NOT NULL,
    raw_hash     TEXT    NOT NULL,
    content_hash TEXT    NOT NULL,
    sender       TEXT    NOT NULL,
    received     INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    why          TEXT    NOT NULL,
    folder       TEXT    NOT NULL,
    raw          BLOB    NOT NULL,
    UNIQUE (uid_validity, uid, raw_hash)
) STRICT;
CREATE INDEX message_content ON message (content_hash, message_id);

CREATE TABLE person (
    id           INTEGER PRIMARY KEY,
    address      TEXT    NOT NULL,
    address_key  TEXT    NOT NULL UNIQUE, -- lower case
    name         TEXT    NOT NULL,
    centre       TEXT    NOT NULL,
    language     TEXT    NOT NULL,        -- '' for the newsletter's default
    added        INTEGER NOT NULL,
    unsubscribed INTEGER
) STRICT;

CREATE TABLE person_tag (
    person INTEGER NOT NULL REFERENCES person,
    tag    TEXT    NOT NULL,
    PRIMARY KEY (tag, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_tag_person ON person_tag (person);

-- How each person consented, or withdrew their consent. Rows are only added.
CREATE TABLE consent (
    person INTEGER NOT NULL REFERENCES person,
    at     INTEGER NOT NULL,
    given  INTEGER NOT NULL, -- 1 given, 0 withdrawn
    how    TEXT    NOT NULL
) STRICT;
CREATE INDEX consent_person ON consent (person);

CREATE TABLE suppression (
    address_key TEXT PRIMARY KEY,
    reason      TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issue (
    id     INTEGER PRIMARY KEY,
    period TEXT    NOT NULL,
    state  TEXT    NOT NULL,
    closes INTEGER NOT NULL,
    proofs INTEGER NOT NULL,
    sends  INTEGER NOT NULL,
    grace  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX issue_one_open ON issue (state) WHERE state = 'open';

CREATE TABLE item (
    id          INTEGER PRIMARY KEY,
    state       TEXT    NOT NULL,
    message     INTEGER NOT NULL REFERENCES message,
    sender      TEXT    NOT NULL,
    sender_name TEXT    NOT NULL,
    received    INTEGER NOT NULL,
    current     INTEGER NOT NULL, -- number of its current revision
    approved    INTEGER,          -- number of its approved revision
    issue       INTEGER REFERENCES issue,
    position    INTEGER NOT NULL  -- in the issue
) STRICT;
CREATE INDEX item_issue ON item (issue, position);

-- Never changed once written.
CREATE TABLE revision (
    item    INTEGER NOT NULL REFERENCES item,
    number  INTEGER NOT NULL,
    hash    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    content TEXT    NOT NULL, -- JSON
    PRIMARY KEY (item, number)
) STRICT;

CREATE TABLE image (
    hash TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;

-- A person was asked something. The handle is computed from this row.
CREATE TABLE request (
    id      INTEGER PRIMARY KEY,
    purpose TEXT    NOT NULL,
    person  TEXT    NOT NULL,
    issue   INTEGER NOT NULL,
    proof   INTEGER NOT NULL,
    hash    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER
) STRICT;

CREATE TABLE request_subject (
    request  INTEGER NOT NULL REFERENCES request,
    position INTEGER NOT NULL,
    item     INTEGER NOT NULL REFERENCES item,
    revision INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    PRIMARY KEY (request, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    id       INTEGER PRIMARY KEY,
    item     INTEGER NOT NULL REFERENCES item,
    revision INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    editor   TEXT    NOT NULL,
    verb     TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    message  INTEGER REFERENCES message,
    request  INTEGER REFERENCES request,
    how      TEXT    NOT NULL
) STRICT;
CREATE INDEX decision_item ON decision (item);

-- A decision that waits for one more reply.
CREATE TABLE challenge (
    request   INTEGER PRIMARY KEY REFERENCES request, -- the confirmation's
    answered  INTEGER NOT NULL REFERENCES request,
    verb      TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    message   INTEGER NOT NULL,
    confirmed INTEGER
) STRICT;

CREATE TABLE event (
    id         INTEGER PRIMARY KEY,
    item       INTEGER NOT NULL REFERENCES item,
    revision   INTEGER NOT NULL,
    title      TEXT    NOT NULL,
    start      TEXT    NOT NULL, -- YYYY-MM-DD
    "end"      TEXT    NOT NULL, -- YYYY-MM-DD, inclusive
    start_time TEXT    NOT NULL,
    end_time   TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    audience   TEXT    NOT NULL,
    link       TEXT    NOT NULL,
    cancelled  INTEGER NOT NULL
) STRICT;
CREATE INDEX event_end ON event ("end");

CREATE TABLE proof (
    id      INTEGER PRIMARY KEY,
    issue   INTEGER NOT NULL REFERENCES issue,
    hash    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    voided  INTEGER
) STRICT;
CREATE UNIQUE INDEX proof_one_standing ON proof (issue) WHERE voided IS NULL;

-- A proof or a mailing, rendered in one language.
CREATE TABLE edition (
    id       INTEGER PRIMARY KEY,
    proof    INTEGER REFERENCES proof,
    mailing  INTEGER REFERENCES mailing,
    language TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    html     TEXT    NOT NULL,
    images   TEXT    NOT NULL -- JSON array of hashes
) STRICT;
CREATE INDEX edition_proof ON edition (proof);
CREATE INDEX edition_mailing ON edition (mailing);

CREATE TABLE signature (
    id      INTEGER PRIMARY KEY,
    proof   INTEGER NOT NULL REFERENCES proof,
    editor  TEXT    NOT NULL,
    hash    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    message INTEGER REFERENCES message,
    how     TEXT    NOT NULL
) STRICT;
CREATE INDEX signature_proof ON signature (proof);

-- What is to be done, once. The key is unique for ever.
CREATE TABLE due (
    key    TEXT PRIMARY KEY,
    kind   TEXT    NOT NULL,
    ref    INTEGER NOT NULL,
    arg    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    until  INTEGER,
    done   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX due_waiting ON due (at) WHERE done IS NULL;
CREATE INDEX due_ref ON due (kind, ref) WHERE done IS NULL;

CREATE TABLE letter (
    id        INTEGER PRIMARY KEY,
    kind      TEXT    NOT NULL,
    topic     TEXT    NOT NULL,
    address   TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    language  TEXT    NOT NULL,
    request   INTEGER NOT NULL,
    message   INTEGER NOT NULL,
    item      INTEGER NOT NULL,
    issue     INTEGER NOT NULL,
    args      TEXT    NOT NULL, -- JSON object
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    rendered  BLOB,             -- as first rendered; every attempt sends the same octets
    state     TEXT    NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0,
    doubtful  INTEGER NOT NULL DEFAULT 0,
    next      INTEGER NOT NULL,
    settled   INTEGER,
    code      INTEGER NOT NULL DEFAULT 0,
    reply     TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX letter_waiting ON letter (next, id) WHERE state IN ('queued', 'deferred');
CREATE INDEX letter_address ON letter (lower(address), created);

CREATE TABLE mailing (
    id      INTEGER PRIMARY KEY,
    kind    TEXT    NOT NULL,
    key     TEXT    NOT NULL UNIQUE,
    issue   INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    state   TEXT    NOT NULL, -- sending, sent, cancelled
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    ended   INTEGER
) STRICT;

CREATE TABLE delivery (
    id       INTEGER PRIMARY KEY,
    mailing  INTEGER NOT NULL REFERENCES mailing,
    person   INTEGER NOT NULL REFERENCES person,
    urgency  INTEGER NOT NULL, -- 1 a reminder, 2 an issue
    state    TEXT    NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    doubtful INTEGER NOT NULL DEFAULT 0,
    next     INTEGER NOT NULL,
    settled  INTEGER,
    code     INTEGER NOT NULL DEFAULT 0,
    reply    TEXT    NOT NULL DEFAULT '',
    UNIQUE (mailing, person)
) STRICT;
CREATE INDEX delivery_waiting ON delivery (urgency, next, id) WHERE state IN ('queued', 'deferred');
CREATE INDEX delivery_open ON delivery (mailing) WHERE state IN ('queued', 'deferred', 'claimed', 'in_doubt');

-- +goose Down
DROP TABLE delivery;
DROP TABLE mailing;
DROP TABLE letter;
DROP TABLE due;
DROP TABLE signature;
DROP TABLE edition;
DROP TABLE proof;
DROP TABLE event;
DROP TABLE challenge;
DROP TABLE decision;
DROP TABLE request_subject;
DROP TABLE request;
DROP TABLE image;
DROP TABLE revision;
DROP TABLE item;
DROP TABLE issue;
DROP TABLE suppression;
DROP TABLE consent;
DROP TABLE person_tag;
DROP TABLE person;
DROP TABLE message;
