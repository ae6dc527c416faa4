-- +goose Up

-- Duty lists 履职事项清单 of townships. A new version ends the one before; to_day '' is: still in force.
CREATE TABLE duty_list (
	id       TEXT COLLATE "C" PRIMARY KEY,
	org      TEXT COLLATE "C" NOT NULL,
	from_day TEXT COLLATE "C" NOT NULL,
	to_day   TEXT COLLATE "C" NOT NULL,
	title    TEXT COLLATE "C" NOT NULL,
	basis    TEXT COLLATE "C" NOT NULL, -- the document that fixed it
	by_person TEXT COLLATE "C" NOT NULL,
	at       BIGINT NOT NULL,
	UNIQUE (org, from_day)
);

CREATE TABLE duty_item (
	list  TEXT COLLATE "C" NOT NULL REFERENCES duty_list (id),
	no    TEXT COLLATE "C" NOT NULL,  -- the number people cite: 3-17
	n     BIGINT NOT NULL,            -- order
	kind  TEXT COLLATE "C" NOT NULL,  -- basic, cooperate, taken
	title TEXT COLLATE "C" NOT NULL,
	theme TEXT COLLATE "C" NOT NULL,
	lead  TEXT COLLATE "C" NOT NULL,  -- who leads, or does it now: the body's name as printed
	lead_org TEXT COLLATE "C" NOT NULL, -- and its ID, '' where it is none of ours
	part  TEXT COLLATE "C" NOT NULL,  -- what the township does where it cooperates
	words TEXT COLLATE "C" NOT NULL,  -- words by which a text is recognised, parted by blanks
	PRIMARY KEY (list, no)
);

-- Which item a matter is about, as a person said; no '' is: none of the list.
CREATE TABLE duty_tag (
	matter TEXT COLLATE "C" PRIMARY KEY,
	no     TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	by_person TEXT COLLATE "C" NOT NULL,
	at     BIGINT NOT NULL
);

-- What hangs, runs and is kept at a village or township. A thing that went keeps its row, with the day and the reason.
CREATE TABLE kept (
	id       TEXT COLLATE "C" PRIMARY KEY,
	kind     TEXT COLLATE "C" NOT NULL, -- plaque, mechanism, ledger, certificate, app, group
	org      TEXT COLLATE "C" NOT NULL, -- where it is
	area     TEXT COLLATE "C" NOT NULL, -- and its place, so that a county counts by prefix
	title    TEXT COLLATE "C" NOT NULL,
	spot     TEXT COLLATE "C" NOT NULL, -- of a plaque: outside, inside; else ''
	whose    TEXT COLLATE "C" NOT NULL, -- who wants it, as said
	basis    TEXT COLLATE "C" NOT NULL, -- number on the list, or article; '' nobody could say
	photo    TEXT NOT NULL,             -- JSON of the photo in the blob store, '' none
	from_day TEXT COLLATE "C" NOT NULL,
	to_day   TEXT COLLATE "C" NOT NULL, -- '' it is still there
	why      TEXT COLLATE "C" NOT NULL, -- why it went
	photo_gone TEXT NOT NULL,           -- JSON of the photo after it went
	by_person TEXT COLLATE "C" NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX kept_org ON kept (org, kind, from_day, id);
CREATE INDEX kept_area ON kept (area, kind, from_day, id);

-- Documents and meetings that a body sent down, with what their check found.
CREATE TABLE sent_down (
	id       TEXT COLLATE "C" PRIMARY KEY,
	kind     TEXT COLLATE "C" NOT NULL, -- document, meeting
	org      TEXT COLLATE "C" NOT NULL,
	area     TEXT COLLATE "C" NOT NULL,
	day      TEXT COLLATE "C" NOT NULL,
	title    TEXT COLLATE "C" NOT NULL,
	sort     TEXT COLLATE "C" NOT NULL, -- general, specific, comprehensive
	chars    BIGINT NOT NULL,           -- of a document
	speech   BIGINT NOT NULL,           -- minutes of the main speech of a meeting
	length   BIGINT NOT NULL,           -- minutes of the whole meeting
	said     TEXT NOT NULL,             -- JSON of the other answers
	faults   BIGINT NOT NULL,           -- how many warnings stood when it was entered
	reason   TEXT COLLATE "C" NOT NULL, -- why it went out nevertheless
	by_person TEXT COLLATE "C" NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX sent_down_org ON sent_down (org, kind, day, id);
CREATE INDEX sent_down_area ON sent_down (area, kind, day, id);

-- Public lists ask for all matters of one procedure.
CREATE INDEX matter_procedure ON matter (procedure, opened, id);
