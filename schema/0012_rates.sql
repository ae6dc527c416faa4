-- +goose Up

-- The cases that rates count: a follower of the journal, dropped and rebuilt at will. Nothing of a sealed matter
-- stands here: a count of one would tell the one who is complained of.
CREATE TABLE rate_case (
	matter  TEXT COLLATE "C" NOT NULL,
	rate    TEXT COLLATE "C" NOT NULL, -- SET.RATE
	n       BIGINT NOT NULL,           -- which case of the matter
	org     TEXT COLLATE "C" NOT NULL,
	day     TEXT COLLATE "C" NOT NULL,
	place   TEXT COLLATE "C" NOT NULL, -- the town, '-' where none is known
	class   TEXT COLLATE "C" NOT NULL, -- or the category, '-' where there is none
	asked   TEXT COLLATE "C" NOT NULL, -- how the answer was asked for
	why     TEXT COLLATE "C" NOT NULL, -- the reason for which it is left out of the adjusted rate
	outcome TEXT COLLATE "C" NOT NULL, -- met, not, open
	appeal  TEXT COLLATE "C" NOT NULL, -- the appeal that left it out
	PRIMARY KEY (matter, rate, n, org)
);
CREATE INDEX rate_case_cell ON rate_case (rate, org, day, matter, place, class, asked, why, outcome);

-- The same, counted: by month and by year (2026-03, 2026), by place or all ('') and by class or all ('').
CREATE TABLE rate_sum (
	rate    TEXT COLLATE "C" NOT NULL,
	period  TEXT COLLATE "C" NOT NULL,
	place   TEXT COLLATE "C" NOT NULL,
	class   TEXT COLLATE "C" NOT NULL,
	org     TEXT COLLATE "C" NOT NULL,
	asked   TEXT COLLATE "C" NOT NULL,
	why     TEXT COLLATE "C" NOT NULL,
	outcome TEXT COLLATE "C" NOT NULL,
	n       BIGINT NOT NULL,
	PRIMARY KEY (rate, period, place, class, org, asked, why, outcome)
);

-- Appeals against an attribution, by the matter that they are about.
CREATE TABLE rate_appeal (
	matter TEXT COLLATE "C" NOT NULL,
	appeal TEXT COLLATE "C" NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	org    TEXT COLLATE "C" NOT NULL, -- who appeals
	at     BIGINT NOT NULL,
	ground TEXT COLLATE "C" NOT NULL,
	state  TEXT COLLATE "C" NOT NULL,
	ended  BOOLEAN NOT NULL,
	PRIMARY KEY (matter, appeal)
);

-- The definitions that the cases were counted by: other definitions mean counting again.
CREATE TABLE rate_rule (
	id   TEXT COLLATE "C" PRIMARY KEY,
	hash TEXT COLLATE "C" NOT NULL
);
