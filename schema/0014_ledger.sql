-- +goose Up

-- The tree over all events, in tiles of 256 hashes as c2sp.org/tlog-tiles lays them out. Level -1 holds the entries
-- themselves, 32 bytes each. The last tile of a level grows; a full one never changes again.
CREATE TABLE ledger_tile (
	level BIGINT NOT NULL,
	n     BIGINT NOT NULL,
	data  BYTEA NOT NULL,
	PRIMARY KEY (level, n)
);

-- The signed heads of the tree: the last of each day, so that the table does not grow with the work.
CREATE TABLE ledger_checkpoint (
	day  TEXT COLLATE "C" PRIMARY KEY,
	size BIGINT NOT NULL,
	at   BIGINT NOT NULL,
	note TEXT NOT NULL
);

-- The last head that each witness has put its name to.
CREATE TABLE ledger_witness (
	name TEXT COLLATE "C" PRIMARY KEY,
	size BIGINT NOT NULL,
	at   BIGINT NOT NULL,
	note TEXT NOT NULL
);
