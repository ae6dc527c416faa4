-- +goose Up

-- What is open of one procedure, whoever holds it: a street's board asks for its whistles and their parts.
CREATE INDEX matter_running ON matter (procedure, opened, id) WHERE ended = FALSE;
