-- +goose Up

-- Files that were brought before bytes were removed lie under the hash of their bytes, which somebody's attachment may
-- have too; so do their marked-up rows (alone is FALSE). From now on their names are told like those of the others, and
-- the day on which they came stands for the end of their reading, which nobody wrote down.
UPDATE brought SET lies = hash WHERE alone = FALSE AND lies = '' AND read_gone = 0 AND what IN ('elements', 'rows');
UPDATE brought SET ended_at = at WHERE ended = TRUE AND ended_at = 0;
CREATE INDEX brought_old ON brought (at) WHERE alone = FALSE OR lies = hash;
