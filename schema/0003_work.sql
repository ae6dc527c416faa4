-- +goose Up

-- The journal: the only append. Nothing in it is ever updated or deleted.
CREATE TABLE event (
	id      TEXT COLLATE "C" PRIMARY KEY,
	matter  TEXT COLLATE "C" NOT NULL,
	seq     BIGINT NOT NULL,
	at      BIGINT NOT NULL,
	action  TEXT COLLATE "C" NOT NULL,
	actor   TEXT COLLATE "C" NOT NULL,
	org     TEXT COLLATE "C" NOT NULL,
	data    TEXT NOT NULL,
	UNIQUE (matter, seq)
);

-- Events that have no position yet; the sequencer empties it. Not a counter: writers never meet here.
CREATE TABLE event_waiting (
	id TEXT COLLATE "C" PRIMARY KEY
);

-- The gapless order that followers read by.
CREATE TABLE event_position (
	position BIGINT PRIMARY KEY,
	id       TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE follower (
	name     TEXT COLLATE "C" PRIMARY KEY,
	position BIGINT NOT NULL
);

-- A matter: the fold over its events, with the columns that lists need beside it. A cache:
-- "jishi verify" folds the events again and compares.
CREATE TABLE matter (
	id        TEXT COLLATE "C" PRIMARY KEY,
	number    TEXT COLLATE "C" NOT NULL UNIQUE,
	procedure TEXT COLLATE "C" NOT NULL,
	version   TEXT COLLATE "C" NOT NULL,
	class     TEXT COLLATE "C" NOT NULL,
	state     TEXT COLLATE "C" NOT NULL,
	sealed    BOOLEAN NOT NULL,
	ended     BOOLEAN NOT NULL,
	holder    TEXT COLLATE "C" NOT NULL,
	area      TEXT COLLATE "C" NOT NULL, -- division of the holder: what a supervising body may see
	officer   TEXT COLLATE "C" NOT NULL,
	title     TEXT NOT NULL,
	place     TEXT COLLATE "C" NOT NULL,
	channel   TEXT COLLATE "C" NOT NULL,
	opened    BIGINT NOT NULL,
	updated   BIGINT NOT NULL,
	due       BIGINT NOT NULL,
	alarm     BIGINT NOT NULL,
	due_clock TEXT COLLATE "C" NOT NULL,
	seq       BIGINT NOT NULL,
	fold      TEXT NOT NULL
);
-- The columns behind the order let the rail count without reading a matter.
CREATE INDEX matter_desk ON matter (holder, ended, due, id, sealed, state, alarm, area);
CREATE INDEX matter_officer ON matter (officer, ended, due, id, sealed, area);
CREATE INDEX matter_area ON matter (area, ended, due, id);
CREATE INDEX matter_place ON matter (place, opened, id);
CREATE INDEX matter_version ON matter (version);

-- Who is what to a matter. A denied party may not know that a sealed matter exists.
CREATE TABLE matter_party (
	matter   TEXT COLLATE "C" NOT NULL,
	relation TEXT COLLATE "C" NOT NULL,
	org      TEXT COLLATE "C" NOT NULL,
	person   TEXT COLLATE "C" NOT NULL,
	denied   BOOLEAN NOT NULL,
	opened   BIGINT NOT NULL,
	PRIMARY KEY (matter, relation, org, person)
);
CREATE INDEX matter_party_org ON matter_party (org, opened, matter);
CREATE INDEX matter_party_person ON matter_party (person, matter);

-- Every clock that was ever started, so that the sweeper asks only for those that are over.
CREATE TABLE matter_clock (
	matter  TEXT COLLATE "C" NOT NULL,
	clock   TEXT COLLATE "C" NOT NULL,
	n       BIGINT NOT NULL,
	due     BIGINT NOT NULL,
	running BOOLEAN NOT NULL,
	missed  BOOLEAN NOT NULL,
	provisional BOOLEAN NOT NULL,
	calendar TEXT COLLATE "C" NOT NULL, -- version it was last computed with; "" where no calendar counts
	PRIMARY KEY (matter, clock, n)
);
CREATE INDEX matter_clock_due ON matter_clock (running, missed, due);

-- 件: each time somebody brought the matter in. A merge keeps every one of them.
CREATE TABLE matter_entry (
	code    TEXT COLLATE "C" PRIMARY KEY, -- hash of number and query code
	matter  TEXT COLLATE "C" NOT NULL,
	entry   TEXT COLLATE "C" NOT NULL,
	person  TEXT COLLATE "C" NOT NULL     -- reference into the vault, "" when anonymous
);
CREATE INDEX matter_entry_person ON matter_entry (person, matter);
CREATE INDEX matter_entry_matter ON matter_entry (matter);

-- Numbers are handed out from blocks, so that no filing waits for another.
CREATE TABLE number_block (
	name TEXT COLLATE "C" PRIMARY KEY,
	next BIGINT NOT NULL
);

-- A form is good for one press: the answer of the first is the answer of every repeat.
CREATE TABLE press_token (
	token  TEXT COLLATE "C" PRIMARY KEY,
	matter TEXT COLLATE "C" NOT NULL,
	answer TEXT NOT NULL,
	at     BIGINT NOT NULL
);
CREATE INDEX press_token_at ON press_token (at);

-- What the officers of one body write to each other about a matter; never shown to a citizen.
CREATE TABLE matter_note (
	id     TEXT COLLATE "C" PRIMARY KEY,
	matter TEXT COLLATE "C" NOT NULL,
	org    TEXT COLLATE "C" NOT NULL,
	author TEXT COLLATE "C" NOT NULL,
	at     BIGINT NOT NULL,
	text   TEXT NOT NULL
);
CREATE INDEX matter_note_matter ON matter_note (matter, org, at);

-- The rules that matters were opened under, with the hash of their files: an edited file is found at start.
CREATE TABLE rule_version (
	version TEXT COLLATE "C" PRIMARY KEY,
	hash    TEXT COLLATE "C" NOT NULL
);
