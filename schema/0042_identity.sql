-- +goose Up

-- What an identity was corrected to: the row that stands in its place, '' where none does. The first one stays sealed.
ALTER TABLE vault ADD COLUMN corrected TEXT COLLATE "C" NOT NULL DEFAULT '';
-- Since when it is only stored and not used any more; 0 where it may be used.
ALTER TABLE vault ADD COLUMN frozen_at BIGINT NOT NULL DEFAULT 0;
-- Those whose time may be over, the oldest first.
CREATE INDEX vault_held ON vault (at, ref) WHERE erased_at = 0;
