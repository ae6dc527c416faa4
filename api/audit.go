package api

import (
	"context"
	"time"

	"jishi/desk"
	"jishi/people/actor"
)

type auditInput struct {
	What   string `query:"what" maxLength:"40" doc:"操作的种类，例如 sign-in；不写是全部"`
	Person string `query:"person" maxLength:"60" doc:"谁做的，或者谁的账号"`
	Before string `query:"before" maxLength:"60" doc:"上一页的 next"`
}

// Act is one line of the audit.
type Act struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Person string    `json:"person,omitempty" doc:"谁做的；没有登录的为空"`
	Body   string    `json:"body,omitempty"`
	About  string    `json:"about,omitempty" doc:"谁的账号"`
	Detail string    `json:"detail,omitempty"`
}

// Acts are a page of the audit.
type Acts struct {
	Rows []Act  `json:"rows"`
	Next string `json:"next,omitempty"`
}

type auditOutput struct{ Body Acts }

func (s *server) audit(ctx context.Context, c caller, in *auditInput) (*auditOutput, error) {
	p, err := s.desk.Audit(ctx, c.Actor, desk.AuditAsk(*in))
	if err != nil {
		return nil, err
	}
	rows := each(p.Rows, func(a actor.Act) Act {
		return Act{ID: a.ID, At: here(a.At), What: a.What, Person: a.Person, Body: a.Body, About: a.About, Detail: a.Detail}
	})
	return &auditOutput{Acts{Rows: rows, Next: p.Next}}, nil
}
