-- +goose Up

-- On which days a body receives whoever comes in person. Either a weekday, each week or one in a month, or days that are
-- named one by one. It is public (信访工作条例第十八条第一款); how often, no law says: each body sets it.
CREATE TABLE reception (
	id        TEXT COLLATE "C" PRIMARY KEY,
	org       TEXT COLLATE "C" NOT NULL,
	host      TEXT NOT NULL,             -- who receives, as it is announced
	spot      TEXT NOT NULL,
	note      TEXT NOT NULL,
	weekday   BIGINT NOT NULL,           -- 1 Monday to 7 Sunday; 0 where days are named
	nth       BIGINT NOT NULL,           -- 0 each week, 1 to 4 of a month, 5 the last of a month
	days      TEXT COLLATE "C" NOT NULL, -- blanks between them
	opens     TEXT COLLATE "C" NOT NULL, -- 09:00
	closes    TEXT COLLATE "C" NOT NULL,
	by_person TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL,
	ended_by  TEXT COLLATE "C" NOT NULL,
	ended_at  BIGINT NOT NULL            -- 0 it holds
);
CREATE INDEX reception_org ON reception (org, ended_at);

-- For which of them somebody said that they would come with their matter. Nobody needs to say it to be received.
CREATE TABLE reception_visit (
	matter    TEXT COLLATE "C" PRIMARY KEY,
	reception TEXT COLLATE "C" NOT NULL REFERENCES reception (id),
	day       TEXT COLLATE "C" NOT NULL,
	by_person TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL
);
CREATE INDEX reception_visit_day ON reception_visit (reception, day);
