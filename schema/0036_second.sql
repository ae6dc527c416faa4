-- +goose Up

-- What one person asked to do and a second must agree to before it is done: a factor taken off, an administrator's new
-- password or post, a webhook, a calendar, an identity erased. Nothing removes a row. That a waiting one has lapsed is not
-- stored: it is asked of until_at and now.
CREATE TABLE second_ask (
	id         TEXT COLLATE "C" PRIMARY KEY,
	act        TEXT COLLATE "C" NOT NULL,
	asked_by   TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL, -- for which the asker acts
	about      TEXT COLLATE "C" NOT NULL, -- the person concerned, ''
	matter     TEXT COLLATE "C" NOT NULL, -- '' none
	what       TEXT COLLATE "C" NOT NULL, -- in one line, for whoever decides
	said       TEXT NOT NULL,             -- what is to be done, exactly, as JSON
	reason     TEXT NOT NULL,
	at         BIGINT NOT NULL,
	until_at   BIGINT NOT NULL,
	state      TEXT COLLATE "C" NOT NULL, -- waiting, agreed, refused, withdrawn
	decided_by TEXT COLLATE "C" NOT NULL, -- '' not yet
	decided_at BIGINT NOT NULL,           -- 0 not yet
	why        TEXT NOT NULL
);
CREATE INDEX second_ask_waiting ON second_ask (until_at) WHERE state = 'waiting';
CREATE INDEX second_ask_matter ON second_ask (matter, id) WHERE matter <> '';
