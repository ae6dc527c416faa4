-- +goose Up

-- Who leads: one of several nodes does what must be done once, until the lease ends or is renewed.
CREATE TABLE lease (
	name   TEXT COLLATE "C" PRIMARY KEY,
	holder TEXT COLLATE "C" NOT NULL,
	until  BIGINT NOT NULL
);

-- What nodes keep in memory, with a number that rises when it changes: bodies and posts, the calendar.
CREATE TABLE mark (
	name TEXT COLLATE "C" PRIMARY KEY,
	n    BIGINT NOT NULL
);
