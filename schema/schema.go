// Package schema holds the migrations: forward only, in PostgreSQL's grammar, numbered NNNN_name.sql.
// base/db shows them to SQLite in its own grammar.
package schema

import "embed"

// FS holds the migrations for db.Migrate.
//
//go:embed *.sql
var FS embed.FS
