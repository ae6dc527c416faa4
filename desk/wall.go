package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/actor"
	"jishi/work/matter"
)

// A wall holds the whistles of one body with all their parts, whoever may see them. What a reader gets is asked of
// the matters as they stand at that moment (card): a wall that many look at is loaded once, and shows each his own.
type wall struct {
	d    *Desk
	body string

	mu       sync.RWMutex
	whistles map[string]*hung
	reports  map[string]*hungReport
	refusals map[string]*hungRefusal
	flip     time.Time // when a light changes next although nobody acts
}

type hung struct {
	m       *matter.Matter
	card    Whistle
	reports []string // in the order of the calls
}

type hungReport struct {
	m        *matter.Matter
	report   Report
	refusals []string
}

type hungRefusal struct {
	m       *matter.Matter
	refusal Refusal
}

func newWall(d *Desk, body string) *wall {
	return &wall{d: d, body: body, whistles: map[string]*hung{}, reports: map[string]*hungReport{}, refusals: map[string]*hungRefusal{}}
}

// load hangs up what is open and concerns the body: whistles, its tasks, refusals that the district has not settled.
func (w *wall) load(ctx context.Context) error {
	q := &query{}
	sql := "SELECT m.fold FROM matter m WHERE " + q.in("m.procedure", []string{WhistleID, ReportID, RefusalID}) +
		" AND m.ended = FALSE AND EXISTS (SELECT 1 FROM matter_party x WHERE x.matter = m.id AND NOT x.denied AND x.org = " + q.arg(w.body) + ") ORDER BY m.opened, m.id"
	open, err := w.d.folds(ctx, sql, q.args)
	if err != nil {
		return err
	}
	whistles := map[string]*matter.Matter{}
	for _, m := range open {
		if m.Procedure == WhistleID {
			whistles[m.ID] = m
			continue
		}
		whistle, err := w.whistleOf(ctx, m)
		if err != nil {
			return err
		}
		if whistle != nil && whistles[whistle.ID] == nil {
			whistles[whistle.ID] = whistle
		}
	}
	all := slices.SortedFunc(maps.Values(whistles), func(a, b *matter.Matter) int { return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID)) })
	parts, err := w.d.whistleParts(ctx, all)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range append(all, parts...) {
		w.hang(ctx, m)
	}
	w.light(w.d.Now())
	return nil
}

// whistleOf finds the whistle above a task or refusal; nil when there is none.
func (w *wall) whistleOf(ctx context.Context, m *matter.Matter) (*matter.Matter, error) {
	for m.Procedure != WhistleID {
		up := openedFrom(m)
		if up == "" {
			return nil, nil
		}
		var err error
		if m, err = w.d.Matters.Load(ctx, w.d.DB, up); errors.Is(err, db.ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// put hangs a matter up as it stands now, and says which whistle's card changed by it; "" for none.
func (w *wall) put(ctx context.Context, m *matter.Matter) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.hang(ctx, m)
	w.takeDown(id)
	w.light(w.d.Now())
	return id
}

// takeDown takes a whistle off the wall when it and all that went up from it are over: a board that hangs for weeks
// must not grow.
func (w *wall) takeDown(id string) {
	h := w.whistles[id]
	if h == nil || !h.m.Ended {
		return
	}
	for _, task := range h.reports {
		for _, refusal := range w.reports[task].refusals {
			if !w.refusals[refusal].m.Ended {
				return
			}
		}
	}
	for _, task := range h.reports {
		for _, refusal := range w.reports[task].refusals {
			delete(w.refusals, refusal)
		}
		delete(w.reports, task)
	}
	delete(w.whistles, id)
}

func (w *wall) hang(ctx context.Context, m *matter.Matter) string {
	switch m.Procedure {
	case WhistleID:
		h := w.whistles[m.ID]
		if h == nil {
			h = &hung{}
			w.whistles[m.ID] = h
			for _, r := range w.reports { // a task may have come before its whistle
				if r.report.Whistle == m.ID {
					h.reports = add(h.reports, r.m.ID)
				}
			}
			slices.Sort(h.reports)
		}
		h.m, h.card = m, w.d.whistle(ctx, m)
		return m.ID
	case ReportID:
		r := w.reports[m.ID]
		if r == nil {
			r = &hungReport{}
			w.reports[m.ID] = r
		}
		r.m, r.report = m, w.d.report(m, w.d.Now())
		if h := w.whistles[r.report.Whistle]; h != nil {
			h.reports = add(h.reports, m.ID)
		}
		return r.report.Whistle
	case RefusalID:
		r := w.reports[openedFrom(m)]
		if r == nil {
			return ""
		}
		r.refusals = add(r.refusals, m.ID)
		w.refusals[m.ID] = &hungRefusal{m, w.d.refusal(m, r.report.Whistle)}
		return r.report.Whistle
	}
	return ""
}

func add(list []string, id string) []string {
	if slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

// light works out when a light changes next: at the next instant at which a limit ends, or at midnight.
func (w *wall) light(now time.Time) {
	w.flip = calendar.DayOf(now).End()
	for _, r := range w.reports {
		if c := r.report.Clock; c != nil && c.Due.After(now) && c.Due.Before(w.flip) {
			w.flip = c.Due
		}
	}
}

// relight draws the lights anew when one changed by itself, and says which cards changed.
func (w *wall) relight(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Before(w.flip) {
		return nil
	}
	var changed []string
	for _, r := range w.reports {
		was := r.mark()
		r.report = w.d.report(r.m, now)
		if r.mark() != was {
			changed = add(changed, r.report.Whistle)
		}
	}
	w.light(now)
	return changed
}

func (r *hungReport) mark() string {
	light := ""
	if r.report.Clock != nil {
		light = string(r.report.Clock.Light)
	}
	return r.m.ID + "." + strconv.Itoa(r.m.Seq) + light
}

// concerns reports whether the matter belongs on the wall: the body has a part in it, or its whistle hangs there.
func (w *wall) concerns(m *matter.Matter) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	up := openedFrom(m)
	return w.whistles[m.ID] != nil || w.whistles[up] != nil || w.reports[up] != nil || slices.ContainsFunc(w.d.bodiesOf(m), func(b string) bool { return b == w.body })
}

// bodiesOf are the bodies with a part in the matter that is not denied.
func (d *Desk) bodiesOf(m *matter.Matter) []string {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return nil
	}
	var list []string
	for relation, parties := range m.Parties {
		for _, party := range parties {
			if !p.Relations[relation].Denied && party.Org != "" {
				list = append(list, party.Org)
			}
		}
	}
	return list
}

// card is one whistle as the reader may see it now; ok is false when they may not, or when it is over.
func (w *wall) card(who actor.Actor, id string) (Whistle, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.whistles[id]
	if h == nil || !w.d.Matters.Sees(who, h.m) {
		return Whistle{}, false
	}
	card, mark := h.card, &strings.Builder{}
	fmt.Fprintf(mark, "%s.%d", id, h.m.Seq)
	pending := false
	for _, task := range h.reports {
		r := w.reports[task]
		if r == nil || !w.d.Matters.Sees(who, r.m) {
			continue
		}
		report := r.report
		report.Lead = report.Body.ID == card.Lead.ID
		card.Reports = append(card.Reports, report)
		mark.WriteString(" " + r.mark())
		for _, refusal := range r.refusals {
			if x := w.refusals[refusal]; x != nil && w.d.Matters.Sees(who, x.m) {
				card.Refusals = append(card.Refusals, x.refusal)
				fmt.Fprintf(mark, " %s.%d", x.m.ID, x.m.Seq)
				pending = pending || !x.m.Ended
			}
		}
	}
	card.Mark = mark.String()
	return card, !h.m.Ended || pending
}

// board is all cards of the reader, those that are not confirmed first, the newest first among them.
func (w *wall) board(who actor.Actor) Board {
	w.mu.RLock()
	ids := slices.Collect(maps.Keys(w.whistles))
	w.mu.RUnlock()
	b := Board{Body: w.d.Body(w.body), At: w.d.Now()}
	for _, id := range ids {
		if card, ok := w.card(who, id); ok {
			b.Whistles = append(b.Whistles, card)
		}
	}
	slices.SortFunc(b.Whistles, func(x, y Whistle) int {
		return cmp.Or(order(x)-order(y), y.Opened.Compare(x.Opened), strings.Compare(y.ID, x.ID))
	})
	return b
}

func order(w Whistle) int {
	if w.Confirmed {
		return 1
	}
	return 0
}
