-- +goose Up

-- What a reader of a long file needs to go on where it was, after a restart too.
ALTER TABLE brought ADD COLUMN said TEXT NOT NULL DEFAULT '';               -- JSON, what was asked of it
ALTER TABLE brought ADD COLUMN beat BIGINT NOT NULL DEFAULT 0;              -- when its reader last said how far it is; 0 nobody reads it
ALTER TABLE brought ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;             -- how often somebody began to read it
ALTER TABLE brought ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;           -- values or elements that are new since
ALTER TABLE brought ADD COLUMN contends BIGINT NOT NULL DEFAULT 0;          -- values that wait beside others
ALTER TABLE brought ADD COLUMN failed BOOLEAN NOT NULL DEFAULT FALSE;       -- the file as a whole was refused, or could not be read
CREATE INDEX brought_waits ON brought (beat, at) WHERE ended = FALSE;
CREATE INDEX brought_named ON brought (org, what, name, at);

-- A number whose check digit is wrong and that was taken nevertheless: who said so, why, and the scan that shows it.
CREATE TABLE unchecked (
	id        TEXT COLLATE "C" PRIMARY KEY,
	place     TEXT COLLATE "C" NOT NULL,
	subject   TEXT COLLATE "C" NOT NULL, -- '' the place itself
	element   TEXT COLLATE "C" NOT NULL, -- '' the number by which a person is known
	scan      TEXT COLLATE "C" NOT NULL, -- hash in the blob store
	scan_name TEXT COLLATE "C" NOT NULL,
	reason    TEXT NOT NULL,
	by_person TEXT COLLATE "C" NOT NULL,
	org       TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL
);
CREATE INDEX unchecked_subject ON unchecked (place, subject, at);
