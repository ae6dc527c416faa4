-- +goose Up

-- What one value may be about besides the place itself: a household, a person. Who a person is lies in the vault;
-- label is what a list may show (3组12号, 李**).
CREATE TABLE subject (
	place     TEXT COLLATE "C" NOT NULL,
	id        TEXT COLLATE "C" NOT NULL,
	kind      TEXT COLLATE "C" NOT NULL, -- household, person
	home      TEXT COLLATE "C" NOT NULL, -- the person's household, '' for a household
	label     TEXT COLLATE "C" NOT NULL,
	ref       TEXT COLLATE "C" NOT NULL, -- of the vault, '' for a household
	from_day  TEXT COLLATE "C" NOT NULL,
	to_day    TEXT COLLATE "C" NOT NULL, -- '' is still there
	by_person TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (place, id)
);
CREATE INDEX subject_kind ON subject (place, kind, label, id);
CREATE INDEX subject_home ON subject (place, home, id);
CREATE INDEX subject_left ON subject (place, id) WHERE to_day <> '';
CREATE INDEX subject_living ON subject (place, kind) WHERE to_day = '';
CREATE INDEX subject_ref ON subject (ref) WHERE ref <> '';

-- Everything that was ever written into a cell, in the order of the cell. Nothing in it is updated or deleted.
CREATE TABLE cell_event (
	id        TEXT COLLATE "C" PRIMARY KEY,
	place     TEXT COLLATE "C" NOT NULL,
	subject   TEXT COLLATE "C" NOT NULL, -- '' the place itself
	element   TEXT COLLATE "C" NOT NULL,
	period    TEXT COLLATE "C" NOT NULL, -- '' holds until changed; 2026, 2026-Q1, 2026-03
	seq       BIGINT NOT NULL,           -- within the cell, from 1 without gaps
	base      BIGINT NOT NULL,           -- the seq that the writer had seen
	act       TEXT COLLATE "C" NOT NULL,
	outcome   TEXT COLLATE "C" NOT NULL, -- stands, agrees, contends
	value     TEXT COLLATE "C" NOT NULL, -- '' where it is sealed
	sealed    TEXT COLLATE "C" NOT NULL, -- reference of the sealed value, '' where it is not
	source    TEXT COLLATE "C" NOT NULL, -- the body that the value is from
	as_of     TEXT COLLATE "C" NOT NULL, -- the day that the value describes
	reason    TEXT COLLATE "C" NOT NULL,
	form      TEXT COLLATE "C" NOT NULL, -- for which form it was filled, '' for none
	by_person TEXT COLLATE "C" NOT NULL,
	org       TEXT COLLATE "C" NOT NULL,
	device    TEXT COLLATE "C" NOT NULL,
	token     TEXT COLLATE "C" NOT NULL UNIQUE, -- one-time: a sync sent again writes nothing a second time
	at        BIGINT NOT NULL,
	UNIQUE (place, element, period, subject, seq)
);

CREATE INDEX cell_event_form ON cell_event (form, place, at) WHERE form <> '';

-- A cell as it stands: the fold over its events. A cache.
CREATE TABLE cell (
	place     TEXT COLLATE "C" NOT NULL,
	subject   TEXT COLLATE "C" NOT NULL,
	element   TEXT COLLATE "C" NOT NULL,
	period    TEXT COLLATE "C" NOT NULL,
	value     TEXT COLLATE "C" NOT NULL,
	sealed    TEXT COLLATE "C" NOT NULL,
	n         BIGINT NOT NULL,           -- the value of a number times 10000, so that sums are exact; 0 for other types
	source    TEXT COLLATE "C" NOT NULL,
	as_of     TEXT COLLATE "C" NOT NULL,
	act       TEXT COLLATE "C" NOT NULL, -- how the value came
	by_person TEXT COLLATE "C" NOT NULL,
	org       TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL,
	checked   TEXT COLLATE "C" NOT NULL, -- the day on which somebody last said that it is right
	seq       BIGINT NOT NULL,           -- of the newest event
	stands    BIGINT NOT NULL,           -- seq of the event whose value it is
	open      BIGINT NOT NULL,           -- other values that wait for a person to decide
	PRIMARY KEY (place, element, period, subject)
);
CREATE INDEX cell_subject ON cell (place, subject, element, period);
CREATE INDEX cell_total ON cell (element, period, place, subject, n);

-- Other values for a cell that nobody has decided yet: two who wrote without seeing each other, or one who says that
-- what stands is wrong. A cache as well.
CREATE TABLE cell_open (
	event   TEXT COLLATE "C" PRIMARY KEY REFERENCES cell_event (id),
	place   TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	element TEXT COLLATE "C" NOT NULL,
	period  TEXT COLLATE "C" NOT NULL,
	kind    TEXT COLLATE "C" NOT NULL, -- conflict, contest
	decides TEXT COLLATE "C" NOT NULL, -- the body that decides a contest, '' whoever keeps the table
	due     TEXT COLLATE "C" NOT NULL, -- last day of a contest's period, '' for a conflict
	at      BIGINT NOT NULL
);
CREATE INDEX cell_open_cell ON cell_open (place, element, period, subject, at);
CREATE INDEX cell_open_decides ON cell_open (decides, at);

-- Each look at a person's cells: who, for what, which cells.
CREATE TABLE cell_read (
	id        TEXT COLLATE "C" PRIMARY KEY,
	place     TEXT COLLATE "C" NOT NULL,
	subject   TEXT COLLATE "C" NOT NULL,
	elements  TEXT NOT NULL,             -- JSON
	by_person TEXT COLLATE "C" NOT NULL,
	post      TEXT COLLATE "C" NOT NULL,
	org       TEXT COLLATE "C" NOT NULL,
	form      TEXT COLLATE "C" NOT NULL, -- the form that needed it, '' for none
	reason    TEXT NOT NULL,
	at        BIGINT NOT NULL
);
CREATE INDEX cell_read_subject ON cell_read (place, subject, at);

-- Sensitive values, apart from the cells. Nothing here is readable without the key file.
CREATE TABLE vault_text (
	ref       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	key_id    TEXT COLLATE "C" NOT NULL,
	data_key  BYTEA NOT NULL,
	body      BYTEA NOT NULL,
	at        BIGINT NOT NULL,
	erased_at BIGINT NOT NULL
);
CREATE INDEX vault_text_key ON vault_text (key_id);

-- How long filling took, summed when it happens: there is no row of one worker, one village or one day. The shard only
-- spreads writers over rows.
CREATE TABLE fill_time (
	form     TEXT COLLATE "C" NOT NULL,
	month    TEXT COLLATE "C" NOT NULL,
	shard    BIGINT NOT NULL,
	fillings BIGINT NOT NULL,
	cells    BIGINT NOT NULL,
	ms       BIGINT NOT NULL,
	PRIMARY KEY (form, month, shard)
);

-- How many hours a month all demands of one department may cost the base together, as the county set it.
CREATE TABLE price_budget (
	org       TEXT COLLATE "C" NOT NULL,
	from_day  TEXT COLLATE "C" NOT NULL,
	minutes   BIGINT NOT NULL,           -- a month, over all who answer
	reason    TEXT NOT NULL,
	by_person TEXT COLLATE "C" NOT NULL,
	by_org    TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (org, from_day)
);
