-- +goose Up

-- What people did to accounts and to the system, for who audits it: sign-ins, passwords, second factors, rosters,
-- calendars, tokens, webhooks. What they did to matters stands in the journal. Nothing removes a row: logs are kept at
-- least six months (网络安全法第二十三条), and this system has no reason to keep them shorter than its matters.
CREATE TABLE audit (
	id     TEXT COLLATE "C" PRIMARY KEY,
	at     BIGINT NOT NULL,
	person TEXT COLLATE "C" NOT NULL,
	body   TEXT COLLATE "C" NOT NULL,
	what   TEXT COLLATE "C" NOT NULL,
	about  TEXT COLLATE "C" NOT NULL, -- the person whose account it was, or ""
	detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_what ON audit (what, at, id);
CREATE INDEX audit_person ON audit (person, at, id);
