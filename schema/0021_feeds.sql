-- +goose Up

-- When people come together over a matter: a hearing, a session. One row for each field that says so, kept with the fold.
CREATE TABLE matter_meeting (
	matter TEXT COLLATE "C" NOT NULL,
	field  TEXT COLLATE "C" NOT NULL,
	at     BIGINT NOT NULL,
	PRIMARY KEY (matter, field)
);
CREATE INDEX matter_meeting_at ON matter_meeting (at, matter);

-- Secret addresses of calendars. hash is SHA-256 of the 256-bit secret, which is shown once; person and matter are
-- those of a session. Who may see what is asked at each fetch, so nothing of it is kept here.
CREATE TABLE calendar_feed (
	hash       TEXT COLLATE "C" PRIMARY KEY,
	kind       TEXT COLLATE "C" NOT NULL,
	person     TEXT COLLATE "C" NOT NULL,
	matter     TEXT COLLATE "C" NOT NULL,
	box        TEXT COLLATE "C" NOT NULL, -- mine: what the officer handles; body: all that their bodies hold
	lang       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,           -- 0 before the first fetch; written once a day at most
	UNIQUE (kind, person, matter)
);

-- Where the office tells other programs what happened. The key that signs is not here: it is worked out from the
-- installation's secret, the hook and its turn.
CREATE TABLE webhook (
	id         TEXT COLLATE "C" PRIMARY KEY,
	person     TEXT COLLATE "C" NOT NULL REFERENCES person (id), -- who made it; without their post in the body it rests
	org        TEXT COLLATE "C" NOT NULL, -- the body for which: what it has a part in is told
	name       TEXT COLLATE "C" NOT NULL,
	url        TEXT COLLATE "C" NOT NULL,
	kinds      TEXT COLLATE "C" NOT NULL, -- procedures, with a blank before and after each; '' is all
	turn       BIGINT NOT NULL,           -- how often the key was changed
	turned_at  BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL,           -- 0 while it is used
	why        TEXT COLLATE "C" NOT NULL  -- why it ended, '' for a person's own press
);

-- One message to one hook about one event. What it says is worked out when it is sent.
CREATE TABLE webhook_message (
	id       TEXT COLLATE "C" PRIMARY KEY, -- the webhook-id, the same for every try
	hook     TEXT COLLATE "C" NOT NULL REFERENCES webhook (id),
	position BIGINT NOT NULL,
	event    TEXT COLLATE "C" NOT NULL,
	state    TEXT COLLATE "C" NOT NULL,    -- waiting, sent, failed
	tries    BIGINT NOT NULL,
	due      BIGINT NOT NULL,              -- when it is tried next
	last     BIGINT NOT NULL,              -- when it was tried last, 0 never
	reason   TEXT COLLATE "C" NOT NULL,    -- of the last try that failed: refused, host, connect, time, tls, moved, answer 503
	UNIQUE (hook, position)
);
CREATE INDEX webhook_message_due ON webhook_message (state, due, id);
CREATE INDEX webhook_message_hook ON webhook_message (hook, state, position);

-- What a form's press asked for, as a hash: the same key with something else in it is a mistake that is told.
-- '' is a press from before this was kept.
ALTER TABLE press_token ADD COLUMN said TEXT COLLATE "C" NOT NULL DEFAULT '';
