-- +goose Up

-- What a list shows of a matter beside the columns that it is filtered by, so that fifty lines need not read fifty
-- folds. '' for a matter that nobody has touched since this column came: lists read its fold.
ALTER TABLE matter ADD COLUMN brief TEXT NOT NULL DEFAULT '';

-- Those that still need one: nobody works from a list of ended matters.
CREATE INDEX matter_briefless ON matter (id) WHERE brief = '' AND ended = FALSE;
