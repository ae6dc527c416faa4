-- +goose Up

-- Years whose calendar was published after this program was built, and local closures: each as it was entered.
CREATE TABLE calendar_year (
	id   TEXT COLLATE "C" PRIMARY KEY,
	data TEXT NOT NULL,
	by   TEXT COLLATE "C" NOT NULL,
	at   BIGINT NOT NULL
);
