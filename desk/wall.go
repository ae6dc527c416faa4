package desk

import (
	"cmp"
	"context"
	"errors"
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
	mark    string
	reports []string // in the order of the calls
}

type hungReport struct {
	m        *matter.Matter
	report   Report
	mark     string
	refusals []string
}

type hungRefusal struct {
	m       *matter.Matter
	refusal Refusal
	mark    string
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
		h.m, h.card, h.mark = m, w.d.whistle(ctx, m), stamp(m, "")
		return m.ID
	case ReportID:
		r := w.reports[m.ID]
		if r == nil {
			r = &hungReport{}
			w.reports[m.ID] = r
		}
		r.put(w.d, m, w.d.Now())
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
		w.refusals[m.ID] = &hungRefusal{m, w.d.refusal(m, r.report.Whistle), stamp(m, "")}
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
		was := r.mark
		r.put(w.d, r.m, now)
		if r.mark != was {
			changed = add(changed, r.report.Whistle)
		}
	}
	w.light(now)
	return changed
}

// stamp is the part of a mark that a matter makes: another one whenever it changed.
func stamp(m *matter.Matter, light string) string {
	return m.ID + "." + strconv.Itoa(m.Seq) + light + " "
}

// put takes the task as it is at the instant.
func (r *hungReport) put(d *Desk, m *matter.Matter, now time.Time) {
	r.m, r.report = m, d.report(m, now)
	light := ""
	if r.report.Clock != nil {
		light = string(r.report.Clock.Light)
	}
	r.mark = stamp(m, light)
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

// all adds what hangs on the wall, and what was sent, to the identifiers.
func (w *wall) all(ids []string, sent map[string]string) []string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	ids = slices.AppendSeq(slices.AppendSeq(ids, maps.Keys(w.whistles)), maps.Keys(sent))
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mark tells what the reader would see of a whistle now without drawing it up; ok is false when they may see none of
// it, or when it is over. A hundred open boards ask it again and again.
func (w *wall) mark(who actor.Actor, id string) (mark string, ok bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.marked(who, id, func(*hungReport) {}, func(*hungRefusal) {})
}

// marked asks of each part whether the reader may see it, hands out those that they may, and puts the mark together.
func (w *wall) marked(who actor.Actor, id string, report func(*hungReport), refusal func(*hungRefusal)) (string, bool) {
	h := w.whistles[id]
	if h == nil || !w.d.Matters.Sees(who, h.m) {
		return "", false
	}
	mark, pending := &strings.Builder{}, false
	mark.WriteString(h.mark)
	for _, task := range h.reports {
		r := w.reports[task]
		if r == nil || !w.d.Matters.Sees(who, r.m) {
			continue
		}
		mark.WriteString(r.mark)
		report(r)
		for _, up := range r.refusals {
			if x := w.refusals[up]; x != nil && w.d.Matters.Sees(who, x.m) {
				mark.WriteString(x.mark)
				refusal(x)
				pending = pending || !x.m.Ended
			}
		}
	}
	return mark.String(), !h.m.Ended || pending
}

// card is one whistle as the reader may see it now; ok is false when they may not, or when it is over.
func (w *wall) card(who actor.Actor, id string) (card Whistle, ok bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if h := w.whistles[id]; h != nil {
		card = h.card
	}
	var reports []Report
	var refusals []Refusal
	mark, ok := w.marked(who, id, func(r *hungReport) { reports = append(reports, r.report) }, func(x *hungRefusal) { refusals = append(refusals, x.refusal) })
	if mark == "" {
		return Whistle{}, false
	}
	for i := range reports {
		reports[i].Lead = reports[i].Body.ID == card.Lead.ID
	}
	card.Mark, card.Reports, card.Refusals = mark, reports, refusals
	return card, ok
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
