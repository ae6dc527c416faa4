-- +goose Up

-- A person's identity, apart from the case. Nothing here is readable without the key file.
CREATE TABLE vault (
  ref        TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- random; says nothing about the person
  commitment TEXT COLLATE "C" NOT NULL,             -- SHA-256(salt, identity); stays when the rest is erased
  key_id     TEXT COLLATE "C" NOT NULL,             -- which key of the key file wraps data_key
  data_key   BYTEA NOT NULL,                        -- wrapped; empty once erased
  body       BYTEA NOT NULL,                        -- sealed identity and salt; empty once erased
  phone_hash TEXT COLLATE "C" NOT NULL,             -- keyed hash; '' when there is none
  id_hash    TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,
  erased_at  BIGINT NOT NULL                        -- 0 while it is held
);
CREATE INDEX vault_phone ON vault (phone_hash) WHERE phone_hash <> '';
CREATE INDEX vault_id ON vault (id_hash) WHERE id_hash <> '';
CREATE INDEX vault_key ON vault (key_id);

-- Every look at an identity: who, in which post of which body, at which matter, why.
CREATE TABLE vault_look (
  look   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  ref    TEXT COLLATE "C" NOT NULL REFERENCES vault (ref),
  who    TEXT COLLATE "C" NOT NULL,
  post   TEXT COLLATE "C" NOT NULL,
  body   TEXT COLLATE "C" NOT NULL,
  matter TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  at     BIGINT NOT NULL
);
CREATE INDEX vault_look_ref ON vault_look (ref, at);
