-- +goose Up

-- Places that the program does not carry in itself: villages, and what changed since it was built.
-- Provinces to townships are embedded; a row here with the same code stands before the embedded one.
-- A day of '' is: since always (from_day), still (to_day).
CREATE TABLE division (
	code      TEXT COLLATE "C" PRIMARY KEY,
	parent    TEXT COLLATE "C" NOT NULL,
	name      TEXT COLLATE "C" NOT NULL,
	kind      TEXT COLLATE "C" NOT NULL,
	from_day  TEXT COLLATE "C" NOT NULL,
	to_day    TEXT COLLATE "C" NOT NULL,
	successor TEXT COLLATE "C" NOT NULL
);
CREATE INDEX division_parent ON division (parent, code);
CREATE INDEX division_name ON division (name, code);
CREATE INDEX division_above_village ON division (code) WHERE kind <> 'village';

-- Births, ends, mergers, splits and renamings; what a code became on a day.
CREATE TABLE division_change (
	id        TEXT COLLATE "C" PRIMARY KEY,
	code      TEXT COLLATE "C" NOT NULL,
	successor TEXT COLLATE "C" NOT NULL,
	day       TEXT COLLATE "C" NOT NULL,
	what      TEXT COLLATE "C" NOT NULL,
	record    TEXT NOT NULL
);
CREATE INDEX division_change_code ON division_change (code, day);

-- Bodies. parent '' is none; it is no foreign key, because a roster may name a body before its superior.
CREATE TABLE org (
	id       TEXT COLLATE "C" PRIMARY KEY,
	name     TEXT COLLATE "C" NOT NULL,
	short    TEXT COLLATE "C" NOT NULL,
	en       TEXT COLLATE "C" NOT NULL,
	kind     TEXT COLLATE "C" NOT NULL,
	line     TEXT COLLATE "C" NOT NULL,
	division TEXT COLLATE "C" NOT NULL,
	level    TEXT COLLATE "C" NOT NULL,
	parent   TEXT COLLATE "C" NOT NULL,
	from_day TEXT COLLATE "C" NOT NULL,
	to_day   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX org_division ON org (division, kind, id);
CREATE INDEX org_parent ON org (parent, id);
CREATE INDEX org_name ON org (name, id);

-- Every body with itself (depth 0) and with all that is beneath it: "reported or beneath" is one join.
CREATE TABLE org_closure (
	ancestor   TEXT COLLATE "C" NOT NULL,
	descendant TEXT COLLATE "C" NOT NULL,
	depth      BIGINT NOT NULL,
	PRIMARY KEY (ancestor, descendant)
);
CREATE INDEX org_closure_descendant ON org_closure (descendant, ancestor);

-- Who may review what a body decided, first choice first.
CREATE TABLE org_review (
	org      TEXT COLLATE "C" NOT NULL REFERENCES org (id),
	rank     BIGINT NOT NULL,
	superior TEXT COLLATE "C" NOT NULL REFERENCES org (id),
	PRIMARY KEY (org, rank)
);

-- Reorganisation: what a body became, from which day, by which document.
CREATE TABLE org_change (
	from_org TEXT COLLATE "C" NOT NULL REFERENCES org (id),
	to_org   TEXT COLLATE "C" NOT NULL REFERENCES org (id),
	day      TEXT COLLATE "C" NOT NULL,
	record   TEXT NOT NULL,
	PRIMARY KEY (from_org, day)
);

-- Staff. Citizens are not here: their identity lives in the vault.
CREATE TABLE person (
	id   TEXT COLLATE "C" PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL,
	lang TEXT COLLATE "C" NOT NULL
);

CREATE TABLE post (
	id       TEXT COLLATE "C" PRIMARY KEY,
	person   TEXT COLLATE "C" NOT NULL REFERENCES person (id),
	org      TEXT COLLATE "C" NOT NULL REFERENCES org (id),
	title    TEXT COLLATE "C" NOT NULL,
	powers   TEXT COLLATE "C" NOT NULL, -- slugs with a blank before and after each: " handle head "
	from_day TEXT COLLATE "C" NOT NULL,
	to_day   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX post_person ON post (person, id);
CREATE INDEX post_org ON post (org, id);

-- password '' is none: that account signs in through the identity provider only. closed_at 0 is open.
CREATE TABLE account (
	login      TEXT COLLATE "C" PRIMARY KEY,
	person     TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES person (id),
	password   TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	closed_at  BIGINT NOT NULL
);

-- Which account an identity provider's subject is.
CREATE TABLE account_oidc (
	issuer  TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	login   TEXT COLLATE "C" NOT NULL REFERENCES account (login),
	PRIMARY KEY (issuer, subject)
);

-- A sign-in that went to the identity provider and has not come back.
CREATE TABLE oidc_flow (
	state      TEXT COLLATE "C" PRIMARY KEY, -- SHA-256 of it
	nonce      TEXT COLLATE "C" NOT NULL,
	verifier   TEXT COLLATE "C" NOT NULL,
	next       TEXT COLLATE "C" NOT NULL,
	expires_at BIGINT NOT NULL
);

-- hash is SHA-256 of the 256-bit token; the token itself is in the visitor's cookie only.
CREATE TABLE session (
	hash       TEXT COLLATE "C" PRIMARY KEY,
	id         TEXT COLLATE "C" NOT NULL UNIQUE,
	kind       TEXT COLLATE "C" NOT NULL,
	person     TEXT COLLATE "C" NOT NULL,
	matter     TEXT COLLATE "C" NOT NULL,
	acting     TEXT COLLATE "C" NOT NULL,
	lang       TEXT COLLATE "C" NOT NULL,
	device     TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX session_person ON session (kind, person, created_at);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE api_token (
	hash       TEXT COLLATE "C" PRIMARY KEY,
	id         TEXT COLLATE "C" NOT NULL UNIQUE,
	person     TEXT COLLATE "C" NOT NULL REFERENCES person (id),
	org        TEXT COLLATE "C" NOT NULL,
	name       TEXT COLLATE "C" NOT NULL,
	scopes     TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX api_token_person ON api_token (person, created_at);

-- One code at a time for one purpose and address; both hashes are keyed.
CREATE TABLE one_time_code (
	purpose    TEXT COLLATE "C" NOT NULL,
	address    TEXT COLLATE "C" NOT NULL,
	code       TEXT COLLATE "C" NOT NULL,
	tries      BIGINT NOT NULL,
	sent_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (purpose, address)
);
CREATE INDEX one_time_code_expires ON one_time_code (expires_at);

-- Failed sign-ins of late, by what was tried; forgotten on success and after a quiet while.
CREATE TABLE sign_in_failure (
	what TEXT COLLATE "C" PRIMARY KEY, -- keyed hash
	n    BIGINT NOT NULL,
	last BIGINT NOT NULL
);
CREATE INDEX sign_in_failure_last ON sign_in_failure (last);
