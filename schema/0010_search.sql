-- +goose Up

-- Events that a follower could not take in, each with its reason; the follower went on behind it. A row goes
-- when the follower takes the matter in after all.
CREATE TABLE follower_fault (
	follower TEXT COLLATE "C" NOT NULL,
	position BIGINT NOT NULL, -- of the event
	event    TEXT COLLATE "C" NOT NULL,
	matter   TEXT COLLATE "C" NOT NULL,
	reason   TEXT NOT NULL,
	PRIMARY KEY (follower, position)
);

-- The full-text index: a follower of the journal, dropped and rebuilt at will.
-- doc is the position of the event that opened the matter, so that the newest stands last.
CREATE TABLE search_doc (
	doc    BIGINT PRIMARY KEY,
	matter TEXT COLLATE "C" NOT NULL UNIQUE,
	mark   TEXT COLLATE "C" NOT NULL, -- hash of what is indexed: an event that changes none of it costs no writing
	grams  INTEGER[] NOT NULL, -- only: postgres
	text   TEXT COLLATE "C" NOT NULL  -- folded, for the re-check that the tokens stand side by side
);

-- No pending list: a search would read all of it, and here nobody waits for the writing.
CREATE INDEX search_grams ON search_doc USING gin (grams) WITH (fastupdate = off); -- only: postgres

-- Tokens come folded and parted by blanks; the ASCII tokenizer takes every other character as part of a word,
-- also those that are newer than the engine's tables.
CREATE VIRTUAL TABLE search_gram USING fts5(grams, content='', contentless_delete=1, detail='none', tokenize="ascii tokenchars '~'"); -- only: sqlite

-- The scope of every list and search asks, for one matter, whether some body has a part in it. Without this
-- index SQLite, which keeps no statistics, goes through all that the body has a part in, for every row.
CREATE INDEX matter_party_scope ON matter_party (matter, org, denied);
