-- +goose Up

-- What the public page of calls and suggestions is made from: a follower of the journal, dropped and rebuilt at will.
-- Nothing of a sealed matter stands here, and no name: whoever is named is looked up when the page is asked for.
CREATE TABLE suggestion_shown (
	matter  TEXT COLLATE "C" PRIMARY KEY,
	kind    TEXT COLLATE "C" NOT NULL, -- call, suggestion
	call    TEXT COLLATE "C" NOT NULL, -- of a suggestion: the call it answers, '' where it is free
	outcome TEXT COLLATE "C" NOT NULL, -- of a call its state; of a suggestion what became of it, '' while nobody has decided
	shown   BOOLEAN NOT NULL,          -- anyone may read it; of the others only the number is counted
	folded  TEXT COLLATE "C" NOT NULL, -- title and text, for what is like it
	updated BIGINT NOT NULL            -- the latest that a reader would call news
);
CREATE INDEX suggestion_shown_news ON suggestion_shown (kind, shown, updated, matter);
CREATE INDEX suggestion_shown_call ON suggestion_shown (call, outcome);
