-- +goose Up

-- Passkeys (WebAuthn): keys in the owner's telephone, computer or a small stick, each for this site alone. data is the
-- public half, with the counter of the last use. A passkey stands beside the second factor, never in place of it: who
-- loses the stick, or has no script, still has the six digits and the codes on paper.
CREATE TABLE account_passkey (
	id      TEXT COLLATE "C" PRIMARY KEY, -- SHA-256 of the credential's identifier
	person  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
	name    TEXT NOT NULL,
	data    TEXT NOT NULL,
	since   BIGINT NOT NULL,
	used_at BIGINT NOT NULL -- 0 never
);
CREATE INDEX account_passkey_person ON account_passkey (person, since);

-- What a passkey was asked to sign, until it is answered: each is answered once.
CREATE TABLE account_challenge (
	id         TEXT COLLATE "C" PRIMARY KEY, -- SHA-256 of what the form carries
	person     TEXT COLLATE "C" NOT NULL,
	purpose    TEXT COLLATE "C" NOT NULL, -- put, prove
	data       TEXT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX account_challenge_expires ON account_challenge (expires_at);
