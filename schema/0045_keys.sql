-- +goose Up

-- Each key that something readable is sealed with is met by one step, however many rows lie under it: at every start.
DROP INDEX vault_key;
CREATE INDEX vault_key ON vault (key_id) WHERE erased_at = 0;
DROP INDEX vault_text_key;
CREATE INDEX vault_text_key ON vault_text (key_id) WHERE erased_at = 0;
