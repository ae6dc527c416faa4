package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
)

// Live keeps open boards up to date. One follower of the journal in each process reads what happened, brings the
// watched walls to it, and wakes those who look at them; a board that nobody watches costs nothing.
//
// A watcher asks for the cards that changed and gets them as they may see them at that moment: who was signed out,
// lost a post, or is denied a matter since, gets nothing of it.
type Live struct {
	d *Desk

	mu       sync.Mutex
	walls    map[string]*watched // by body
	open     atomic.Int64        // how many
	position int64

	stirred chan struct{}
	ended   chan struct{}
	once    sync.Once
}

type watched struct {
	*wall
	watchers map[*Watch]bool
}

func newLive(d *Desk) *Live {
	return &Live{d: d, walls: map[string]*watched{}, stirred: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Watch is one open board.
type Watch struct {
	Body string

	live *Live
	wall *wall
	wake chan struct{}
	tick *time.Ticker
	sent map[string]string // whistle: the mark under which it was sent

	mu      sync.Mutex
	changed map[string]bool
}

// Stirred is told when something happened while a board is open, so that whoever gives events their positions need
// not wait for its next round.
func (l *Live) Stirred() <-chan struct{} { return l.stirred }

// stir tells it. Without open boards it does nothing.
func (l *Live) stir() {
	if l.open.Load() == 0 {
		return
	}
	select {
	case l.stirred <- struct{}{}:
	default:
	}
}

// End ends all open boards: none of them keeps a server that stops.
func (l *Live) End() { l.once.Do(func() { close(l.ended) }) }

// wall is a fresh wall, for a reader who looks once.
func (l *Live) wall(body string) *wall { return newWall(l.d, body) }

// Watch opens the board of the body for which the actor acts. Close it.
func (l *Live) Watch(ctx context.Context, who actor.Actor) (*Watch, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.walls[who.Acting]
	if x == nil {
		// First where the journal stands, then what hangs on the wall: an event between is taken in twice, never missed.
		if len(l.walls) == 0 {
			if err := l.d.DB.Row(ctx, `SELECT COALESCE(MAX(position), 0) FROM event_position`, nil, &l.position); err != nil {
				return nil, fmt.Errorf("desk.Watch: %w", err)
			}
		}
		x = &watched{newWall(l.d, who.Acting), map[*Watch]bool{}}
		if err := x.load(ctx); err != nil {
			return nil, fmt.Errorf("desk.Watch: %w", err)
		}
		l.walls[who.Acting] = x
		l.open.Add(1)
	}
	w := &Watch{Body: who.Acting, live: l, wall: x.wall, wake: make(chan struct{}, 1), tick: time.NewTicker(beat), sent: map[string]string{}, changed: map[string]bool{}}
	x.watchers[w] = true
	return w, nil
}

// Close takes the board down; the last one takes the wall with it.
func (w *Watch) Close() {
	w.tick.Stop()
	w.live.mu.Lock()
	defer w.live.mu.Unlock()
	if x := w.live.walls[w.Body]; x != nil {
		delete(x.watchers, w)
		if len(x.watchers) == 0 {
			delete(w.live.walls, w.Body)
			w.live.open.Add(-1)
		}
	}
}

// beat is how often an open board hears from us when nothing happens: a telephone network drops a silent connection,
// and whoever looks must notice that they are alone. Each time everything is asked again whether it may still be shown.
const beat = 30 * time.Second

// Update is what an open board gets at once.
type Update struct {
	All      bool // it is the whole board: what is not in it is not there
	At       time.Time
	Whistles []Whistle
	Gone     []string // no longer on the board, or no longer the reader's to see
}

// Wait waits until cards changed (full is false) or it is time to look at everything again. ok is false when the
// reader left or the server stops. Ask anew who the reader is before Next.
func (w *Watch) Wait(ctx context.Context) (full, ok bool) {
	select {
	case <-w.live.ended:
		return false, false
	default:
	}
	select {
	case <-ctx.Done():
		return false, false
	case <-w.live.ended:
		return false, false
	case <-w.wake:
		return false, true
	case <-w.tick.C:
		return true, true
	}
}

// All is the whole board as the actor may see it now: for whoever comes or comes back.
func (w *Watch) All(who actor.Actor) Update {
	w.take()
	b := w.wall.board(who)
	w.sent = map[string]string{}
	for _, x := range b.Whistles {
		w.sent[x.ID] = x.Mark
	}
	return Update{All: true, At: b.At, Whistles: b.Whistles}
}

// Next are the cards that changed since the last time, as the actor may see them now. full holds the whole board
// against what was sent, so that what the reader may no longer see goes although nobody touched it.
func (w *Watch) Next(who actor.Actor, full bool) Update {
	u, ids := Update{At: w.live.d.Now()}, w.take()
	if full {
		ids = w.wall.all(ids, w.sent)
	}
	for _, id := range ids {
		mark, there := w.sent[id]
		now, ok := w.wall.mark(who, id)
		switch {
		case ok && now != mark:
			card, _ := w.wall.card(who, id)
			w.sent[id] = card.Mark
			u.Whistles = append(u.Whistles, card)
		case !ok && there:
			delete(w.sent, id)
			u.Gone = append(u.Gone, id)
		}
	}
	return u
}

func (w *Watch) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := slices.Sorted(maps.Keys(w.changed))
	clear(w.changed)
	return ids
}

func (x *watched) tell(ids ...string) {
	for w := range x.watchers {
		w.mu.Lock()
		for _, id := range ids {
			w.changed[id] = true
		}
		w.mu.Unlock()
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Follow brings the watched walls to the end of the journal. The server calls it several times a second.
func (l *Live) Follow(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.walls) == 0 {
		return nil
	}
	for {
		n, err := l.follow(ctx, 500)
		if err != nil {
			return fmt.Errorf("desk.Live: %w", err)
		}
		if n < 500 {
			break
		}
	}
	now := l.d.Now()
	for _, x := range l.walls {
		if changed := x.relight(now); len(changed) > 0 {
			x.tell(changed...)
		}
	}
	return nil
}

// follow takes in at most n events. The rows are read after the events: what is shown may be ahead of the position,
// never behind it.
func (l *Live) follow(ctx context.Context, n int) (int, error) {
	events, err := journal.After(ctx, l.d.DB, l.position, n)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	var ids []string
	for _, e := range events {
		ids = add(ids, e.Matter)
	}
	q := &query{}
	sql := "SELECT m.fold FROM matter m WHERE " + q.in("m.procedure", []string{WhistleID, ReportID, RefusalID}) + " AND " + q.in("m.id", ids) + " ORDER BY m.opened, m.id"
	matters, err := l.d.folds(ctx, sql, q.args)
	if err != nil {
		return 0, err
	}
	for _, m := range matters {
		l.hang(ctx, m)
	}
	l.position = events[len(events)-1].Position
	return len(events), nil
}

func (l *Live) hang(ctx context.Context, m *matter.Matter) {
	for _, x := range l.walls {
		if !x.concerns(m) {
			continue
		}
		if id := x.put(ctx, m); id != "" {
			x.tell(id)
		}
	}
}
