-- +goose Up

-- What a matter that came through Open311 carries beside itself. Only these are ever listed there.
CREATE TABLE open311_request (
	matter  TEXT COLLATE "C" PRIMARY KEY,
	service TEXT COLLATE "C" NOT NULL,
	client  TEXT COLLATE "C" NOT NULL, -- person of the API token that sent it
	public  BOOLEAN NOT NULL,          -- the filer allowed the description to be shown
	lat     TEXT COLLATE "C" NOT NULL, -- as it was sent, '' when it was not
	long    TEXT COLLATE "C" NOT NULL,
	address TEXT NOT NULL,
	place   TEXT COLLATE "C" NOT NULL, -- division code
	at      BIGINT NOT NULL
);
CREATE INDEX open311_request_at ON open311_request (at, matter);
