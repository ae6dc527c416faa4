package desk

import (
	"context"
	"fmt"
	"slices"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
)

// auditPage is how many lines a page of the audit has.
const auditPage = 100

// signIns are the lines that the security administrator reads; the auditor reads all.
var signIns = []string{"sign-in", "sign-in-refused", "session-ended", "password", "password-given", "factor-on", "factor-off", "factor-reset", "passkey-on", "passkey-off",
	"second-asked", "second-agreed", "second-refused", "second-withdrawn", "post-given", "admin-made"}

// AuditAsk says which lines. The zero value is the newest of all that the reader may read.
type AuditAsk struct{ What, Person, Before string }

// AuditPage is a page of the audit.
type AuditPage struct {
	Acts []string // that the reader may ask for
	Rows []actor.Act
	Next string // the Before of the page after; "" for the last
}

// Audit is what people did to accounts and to the system: everything for the auditor, sign-ins and proofs for the security
// administrator. It tells that an identity was looked at, never of which matter or why: an auditor stands in no relation
// to a sealed matter. It refuses everybody else.
func (d *Desk) Audit(ctx context.Context, who actor.Actor, ask AuditAsk) (AuditPage, error) {
	var p AuditPage
	switch {
	case who.HasAny(actor.Audit):
		p.Acts = actor.Acts
	case who.HasAny(actor.Security):
		p.Acts = signIns
	default:
		return p, words.Refuse(words.Forbidden, "not-an-auditor", "这一页供审计管理员和安全管理员查看。")
	}
	q := actor.AuditQuery{What: p.Acts, Person: ask.Person, Before: ask.Before, Limit: auditPage + 1}
	if ask.What != "" {
		if !slices.Contains(p.Acts, ask.What) {
			return p, words.Refuse(words.Invalid, "audit-what", "没有这一种操作，请从列表里选择。")
		}
		q.What = []string{ask.What}
	}
	var err error
	if p.Rows, err = actor.ReadAudit(ctx, d.DB, q); err == nil && len(p.Rows) > auditPage {
		p.Rows = p.Rows[:auditPage]
		p.Next = p.Rows[auditPage-1].ID
	}
	return p, err
}

// Record adds a line to the audit for what was done in a transaction of its own.
func (d *Desk) Record(ctx context.Context, who actor.Actor, what, about, detail string) error {
	err := d.DB.Write(ctx, func(tx *db.Tx) error { return actor.Record(ctx, tx, who, what, about, detail, d.Now()) })
	if err != nil {
		return fmt.Errorf("desk.Record %s: %w", what, err)
	}
	return nil
}
