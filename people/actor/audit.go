package actor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"jishi/base/db"
)

// Act is one line of the audit: who did what to an account or to the system.
type Act struct {
	ID     string
	At     time.Time
	Person string // who did it
	Body   string // the body they acted for
	What   string // one of Acts
	About  string // the person whose account it was, "" for the system
	Detail string
}

// Acts are what the audit tells apart, in the order in which a page offers them.
var Acts = []string{"sign-in", "sign-in-refused", "session-ended", "password", "password-given", "factor-on", "factor-off", "factor-reset", "passkey-on", "passkey-off",
	"identity-look", "identity-erased", "roster", "calendar", "token", "token-ended", "webhook",
	"second-asked", "second-agreed", "second-refused", "second-withdrawn", "post-given", "admin-made"}

const insertAct = `INSERT INTO audit (id, at, person, body, what, about, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// Record adds a line to the audit, in the transaction of what it tells of.
func Record(ctx context.Context, tx *db.Tx, who Actor, what, about, detail string, now time.Time) error {
	id := uuid.Must(uuid.NewV7()).String()
	return run(ctx, tx, "record", insertAct, id, now.UnixMilli(), who.ID, who.Acting, what, about, detail)
}

// AuditQuery asks for lines of the audit, the newest first.
type AuditQuery struct {
	What   []string // empty for all
	Person string   // who did it, or whose account it was
	Before string   // ID of the last line of the page before
	Limit  int
}

// ReadAudit reads the audit. It does not authorise.
func ReadAudit(ctx context.Context, r db.Reader, q AuditQuery) (list []Act, err error) {
	where, args := []string{"1 = 1"}, []any{}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if len(q.What) > 0 {
		marks := make([]string, len(q.What))
		for i, w := range q.What {
			marks[i] = arg(w)
		}
		where = append(where, "what IN ("+strings.Join(marks, ", ")+")")
	}
	if q.Person != "" {
		where = append(where, "(person = "+arg(q.Person)+" OR about = "+arg(q.Person)+")")
	}
	if q.Before != "" { // identifiers are ordered by time
		where = append(where, "id < "+arg(q.Before))
	}
	sql := `SELECT id, at, person, body, what, about, detail FROM audit WHERE ` + strings.Join(where, " AND ") + ` ORDER BY id DESC LIMIT ` + arg(q.Limit)
	err = r.Each(ctx, sql, args, func(scan func(...any) error) error {
		var a Act
		var at int64
		err := scan(&a.ID, &at, &a.Person, &a.Body, &a.What, &a.About, &a.Detail)
		a.At = time.UnixMilli(at)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("actor: audit: %w", err)
	}
	return list, nil
}
