package matter

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"jishi/base/db"
	"jishi/work/journal"
)

// EndedAt is when the matter ended, as its journal says: what is written into it afterwards (a rating, a mark, a calendar)
// does not make it younger. It is the zero time for one that runs. A matter that was reopened ended when it ended last.
func (s *Store) EndedAt(ctx context.Context, r db.Reader, m *Matter) (at time.Time, err error) {
	if !m.Ended {
		return at, nil
	}
	events, err := journal.Of(ctx, r, m.ID)
	if err != nil {
		return at, err
	}
	for _, e := range events {
		var c struct {
			Ended *bool `json:"ended"`
		}
		if err := json.Unmarshal([]byte(e.Data), &c); err != nil {
			return at, fmt.Errorf("matter.EndedAt %s: %w", m.ID, err)
		}
		if c.Ended != nil && *c.Ended {
			at = e.At
		}
	}
	if at.IsZero() {
		return at, fmt.Errorf("matter.EndedAt %s: it ended, and no event says when", m.ID)
	}
	return at, nil
}
