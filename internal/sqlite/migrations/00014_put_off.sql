-- +goose Up

-- The request that a message answers, if it was sent to the message's author; else NULL. The
-- limits on replies count these.
ALTER TABLE message ADD COLUMN request INTEGER REFERENCES request;
CREATE INDEX message_request ON message (request, received) WHERE request IS NOT NULL;

-- +goose Down
DROP INDEX message_request;
ALTER TABLE message DROP COLUMN request;
