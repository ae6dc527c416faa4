-- +goose Up

-- The catalogue of data elements: one thing that is known once. A change is a new version with its first day;
-- to_day '' is: still in force. Lists (codes, synonyms) are JSON.
CREATE TABLE element (
	id          TEXT COLLATE "C" NOT NULL,
	from_day    TEXT COLLATE "C" NOT NULL,
	to_day      TEXT COLLATE "C" NOT NULL,
	title       TEXT COLLATE "C" NOT NULL,
	en          TEXT COLLATE "C" NOT NULL,
	definition  TEXT COLLATE "C" NOT NULL,
	type        TEXT COLLATE "C" NOT NULL,
	codes       TEXT COLLATE "C" NOT NULL,
	unit        TEXT COLLATE "C" NOT NULL,
	period      TEXT COLLATE "C" NOT NULL,
	subject     TEXT COLLATE "C" NOT NULL,
	source      TEXT COLLATE "C" NOT NULL, -- the body that is the source of truth, '' the village itself
	share       TEXT COLLATE "C" NOT NULL,
	sensitivity TEXT COLLATE "C" NOT NULL,
	synonyms    TEXT COLLATE "C" NOT NULL,
	theme       TEXT COLLATE "C" NOT NULL, -- the chapter of the catalogue
	grade       TEXT COLLATE "C" NOT NULL, -- where the definition is from: A to D, D is our own setting
	by_person   TEXT COLLATE "C" NOT NULL,
	at          BIGINT NOT NULL,
	PRIMARY KEY (id, from_day)
);
CREATE INDEX element_theme ON element (theme, id);

-- A form that a body asks for. seq guards two who edit at once.
CREATE TABLE form (
	id          TEXT COLLATE "C" PRIMARY KEY,
	org         TEXT COLLATE "C" NOT NULL,
	title       TEXT COLLATE "C" NOT NULL,
	basis       TEXT COLLATE "C" NOT NULL,
	purpose     TEXT COLLATE "C" NOT NULL, -- what it is for: people's data only as far as this needs
	level       TEXT COLLATE "C" NOT NULL, -- village, township
	period      TEXT COLLATE "C" NOT NULL, -- year, quarter, month, once
	place       TEXT COLLATE "C" NOT NULL, -- the place whose villages or townships answer
	state       TEXT COLLATE "C" NOT NULL, -- draft, checked, refused, listed, ended
	why         TEXT COLLATE "C" NOT NULL, -- of a refusal: obtainable, duplicate
	twin        TEXT COLLATE "C" NOT NULL, -- the form that already asks this
	matter      TEXT COLLATE "C" NOT NULL, -- of its admission
	layout      TEXT COLLATE "C" NOT NULL, -- hash of the file it came as, '' when typed by hand
	layout_name TEXT COLLATE "C" NOT NULL,
	seq         BIGINT NOT NULL,
	by_person   TEXT COLLATE "C" NOT NULL,
	at          BIGINT NOT NULL,
	listed_at   BIGINT NOT NULL            -- 0 while it is not on the list
);
CREATE INDEX form_org ON form (org, state, id);
CREATE INDEX form_state ON form (state, id);
CREATE INDEX form_matter ON form (matter, id);

-- Fields in their order. element is '' until a person confirmed what the field is; kind is what the overlap report said.
CREATE TABLE form_field (
	form      TEXT COLLATE "C" NOT NULL REFERENCES form (id),
	n         BIGINT NOT NULL,
	label     TEXT COLLATE "C" NOT NULL,
	element   TEXT COLLATE "C" NOT NULL,
	kind      TEXT COLLATE "C" NOT NULL, -- reuse, share, new; '' not reported yet
	type      TEXT COLLATE "C" NOT NULL,
	unit      TEXT COLLATE "C" NOT NULL,
	sheet     TEXT COLLATE "C" NOT NULL, -- where the label stands in the layout
	line      BIGINT NOT NULL,           -- row, from 1; 0 typed by hand
	col       BIGINT NOT NULL,           -- column, from 1
	below     BOOLEAN NOT NULL,          -- the value stands below the label, else to its right
	samples   TEXT COLLATE "C" NOT NULL, -- JSON, a few values that the file held
	note      TEXT COLLATE "C" NOT NULL, -- why it is asked nevertheless
	decided   TEXT COLLATE "C" NOT NULL, -- who confirmed, '' nobody yet
	decided_at BIGINT NOT NULL,
	PRIMARY KEY (form, n)
);
CREATE INDEX form_field_element ON form_field (element, form);

-- What the matcher learnt: a person said that this label means this element. Taking it back keeps the row.
CREATE TABLE learned (
	id       TEXT COLLATE "C" PRIMARY KEY,
	label    TEXT COLLATE "C" NOT NULL, -- as the matcher reads it
	said     TEXT COLLATE "C" NOT NULL, -- as the form wrote it
	element  TEXT COLLATE "C" NOT NULL,
	form     TEXT COLLATE "C" NOT NULL,
	org      TEXT COLLATE "C" NOT NULL, -- whose form it was
	by_person TEXT COLLATE "C" NOT NULL,
	at       BIGINT NOT NULL,
	undone_by TEXT COLLATE "C" NOT NULL,
	undone_at BIGINT NOT NULL,          -- 0 it counts
	UNIQUE (label, element, form)
);
CREATE INDEX learned_element ON learned (element, id);

-- A file that somebody brought, how far its reading is, and what was wrong with it.
CREATE TABLE brought (
	id       TEXT COLLATE "C" PRIMARY KEY,
	what     TEXT COLLATE "C" NOT NULL, -- elements, form, cells
	org      TEXT COLLATE "C" NOT NULL,
	name     TEXT COLLATE "C" NOT NULL, -- the file's name: two may have the same
	hash     TEXT COLLATE "C" NOT NULL,
	total    BIGINT NOT NULL,           -- rows, 0 not known yet
	done     BIGINT NOT NULL,
	good     BIGINT NOT NULL,
	bad      BIGINT NOT NULL,
	faults   TEXT COLLATE "C" NOT NULL, -- JSON
	marked   TEXT COLLATE "C" NOT NULL, -- hash of the marked-up file, '' where nothing was wrong
	ended    BOOLEAN NOT NULL,
	by_person TEXT COLLATE "C" NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX brought_org ON brought (org, at);

-- Layouts that are produced by themselves: of which form, for which place, how often, and the newest file.
CREATE TABLE layout_due (
	form     TEXT COLLATE "C" NOT NULL REFERENCES form (id),
	place    TEXT COLLATE "C" NOT NULL,
	every    TEXT COLLATE "C" NOT NULL, -- day, week, month
	next_day TEXT COLLATE "C" NOT NULL,
	made     TEXT COLLATE "C" NOT NULL, -- hash of the newest file, '' none yet
	made_at  BIGINT NOT NULL,
	cells    BIGINT NOT NULL,
	filled   BIGINT NOT NULL,
	PRIMARY KEY (form, place)
);
CREATE INDEX layout_due_next ON layout_due (next_day, form, place);

-- Who may see what a form already collects: its asker, and a body that was refused and given a view.
CREATE TABLE form_view (
	form   TEXT COLLATE "C" NOT NULL REFERENCES form (id), -- the refused one
	gives  TEXT COLLATE "C" NOT NULL,                      -- the form, or '' the table itself
	org    TEXT COLLATE "C" NOT NULL,
	at     BIGINT NOT NULL,
	PRIMARY KEY (form, gives)
);
CREATE INDEX form_view_org ON form_view (org, form);
