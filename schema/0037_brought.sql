-- +goose Up

-- The bytes of a brought file are removed once it was read, its marked-up rows when the rule of keeping says so. alone:
-- they lie under names that nobody else can have. What is to be removed is recorded first; the name stays until it is gone.
ALTER TABLE brought ADD COLUMN alone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE brought ADD COLUMN lies TEXT NOT NULL DEFAULT '';               -- name of the bytes in the blob store, '' none
ALTER TABLE brought ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE brought ADD COLUMN read_gone BIGINT NOT NULL DEFAULT 0;         -- when the bytes were removed, 0 they are there
ALTER TABLE brought ADD COLUMN marked_gone BIGINT NOT NULL DEFAULT 0;       -- when the marked-up rows were removed
CREATE INDEX brought_lies ON brought (ended, read_gone) WHERE lies <> '';
CREATE INDEX brought_marked ON brought (ended_at, marked_gone) WHERE marked <> '' AND alone = TRUE;
