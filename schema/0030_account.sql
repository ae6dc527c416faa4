-- +goose Up

-- How the owner of a session proved who they are: password, factor, provider, demonstration; "" for citizens and for
-- sessions begun before this was kept.
ALTER TABLE session ADD COLUMN proof TEXT COLLATE "C" NOT NULL DEFAULT '';

-- When an administrator gave the password, which its owner must change at first use; 0 is the owner's own.
ALTER TABLE account ADD COLUMN given_at BIGINT NOT NULL DEFAULT 0;

-- A second factor (RFC 6238). secret is sealed under a key that is not in the database. last_step is the newest time
-- step that was used, so that a code read over a shoulder cannot be used again.
CREATE TABLE account_factor (
	person    TEXT COLLATE "C" PRIMARY KEY REFERENCES person (id),
	secret    TEXT COLLATE "C" NOT NULL,
	since     BIGINT NOT NULL,
	last_step BIGINT NOT NULL
);

-- Codes on paper for whoever lost the telephone: each is used once and then gone. code is a keyed hash.
CREATE TABLE account_spare (
	code   TEXT COLLATE "C" PRIMARY KEY,
	person TEXT COLLATE "C" NOT NULL REFERENCES person (id)
);
CREATE INDEX account_spare_person ON account_spare (person);

-- Devices from which an account was signed in: a random cookie's hash, and what the browser calls itself.
CREATE TABLE account_device (
	person   TEXT COLLATE "C" NOT NULL REFERENCES person (id),
	device   TEXT COLLATE "C" NOT NULL,
	name     TEXT NOT NULL,
	first_at BIGINT NOT NULL,
	last_at  BIGINT NOT NULL,
	PRIMARY KEY (person, device)
);

-- What the owner of an account must hear of: a new device, a changed password, a factor put on or taken off.
CREATE TABLE account_notice (
	id      TEXT COLLATE "C" PRIMARY KEY,
	person  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
	at      BIGINT NOT NULL,
	what    TEXT COLLATE "C" NOT NULL,
	detail  TEXT NOT NULL,
	seen_at BIGINT NOT NULL -- 0 not yet
);
CREATE INDEX account_notice_person ON account_notice (person, seen_at, at);
