package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/look"
	"jishi/web/whistle"
)

// beat is how often an open board hears from us when nothing happens: a telephone network drops a silent connection,
// and the page must notice that it is alone. Each time everything is asked again whether it may still be shown.
const beat = 20 * time.Second

// whistlesLive sends the cards that change as server-sent events, as long as the session and the server last.
func (s *Server) whistlesLive(v *visit) error {
	who, err := s.officer(v)
	if err != nil {
		return err
	}
	w, err := s.desk.Live.Watch(v.r.Context(), who)
	if err != nil {
		return err
	}
	defer w.Close()
	b := &board{s: s, v: v, watch: w, out: http.NewResponseController(v.w), sent: map[string]string{}}
	return b.live(who)
}

// board is one reader's open board.
type board struct {
	s     *Server
	v     *visit
	watch *desk.Watch
	out   *http.ResponseController
	sent  map[string]string // whistle: the mark under which it was sent
}

// live never returns an error once the stream has begun: there is no page to show it on, and the reader comes again.
func (b *board) live(who actor.Actor) error {
	h := b.v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy in front must not wait for more
	b.out.SetReadDeadline(time.Time{})
	if b.send(b.all(who)) != nil {
		return nil
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		full := false
		select {
		case <-b.s.desk.Live.Ended():
			return nil
		default:
		}
		select {
		case <-b.v.r.Context().Done():
			return nil
		case <-b.s.desk.Live.Ended():
			return nil
		case <-b.watch.Wake():
		case <-tick.C:
			full = true
		}
		who, err := b.s.officer(b.v)
		if r, ok := words.AsRefusal(err); ok && r.Kind == words.SignIn || err == nil && who.Acting != b.watch.Body {
			b.event("out", "")
			return nil
		}
		if err != nil {
			return nil
		}
		u := b.changes(who)
		if full {
			u = b.diff(who)
		}
		if b.send(u) != nil {
			return nil
		}
	}
}

// An update is what a board gets at once. All means that it is the whole board: what is not in it is no longer there.
type update struct {
	All   bool     `json:"all,omitempty"`
	At    string   `json:"at"`
	Cards []card   `json:"cards,omitempty"`
	Gone  []string `json:"gone,omitempty"`
}

type card struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

// all is the whole board, for whoever comes or comes back.
func (b *board) all(who actor.Actor) update {
	full := b.watch.Board(who)
	u := update{All: true, At: b.now()}
	clear(b.sent)
	for _, w := range full.Whistles {
		u.Cards = append(u.Cards, b.card(w))
	}
	return u
}

// changes are the cards that were touched since the last time.
func (b *board) changes(who actor.Actor) update {
	cards, gone := b.watch.Changed(who)
	u := update{At: b.now()}
	for _, w := range cards {
		if b.sent[w.ID] != w.Mark {
			u.Cards = append(u.Cards, b.card(w))
		}
	}
	for _, id := range gone {
		b.drop(&u, id)
	}
	return u
}

// diff holds the whole board against what was sent: what the reader may no longer see goes, touched or not.
func (b *board) diff(who actor.Actor) update {
	full := b.watch.Board(who)
	u, there := update{At: b.now()}, map[string]bool{}
	for _, w := range full.Whistles {
		there[w.ID] = true
		if b.sent[w.ID] != w.Mark {
			u.Cards = append(u.Cards, b.card(w))
		}
	}
	for id := range b.sent {
		if !there[id] {
			b.drop(&u, id)
		}
	}
	return u
}

func (b *board) drop(u *update, id string) {
	if _, ok := b.sent[id]; ok {
		delete(b.sent, id)
		u.Gone = append(u.Gone, id)
	}
}

func (b *board) card(w desk.Whistle) card {
	b.sent[w.ID] = w.Mark
	return card{w.ID, b.s.cards.html(b.v, w, b.watch.Body)}
}

func (b *board) now() string { return b.s.desk.Now().In(calendar.Zone).Format("15:04:05") }

func (b *board) send(u update) error {
	data, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("web.live: %w", err)
	}
	return b.event("board", string(data))
}

// event writes one event; data is one line.
func (b *board) event(name, data string) error {
	// A reader in a tunnel must not hold us.
	stuck := time.AfterFunc(10*time.Second, func() { b.out.SetWriteDeadline(time.Unix(1, 0)) })
	defer stuck.Stop()
	if _, err := fmt.Fprintf(b.v.w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return b.out.Flush()
}

// cards keeps drawn cards, so that a hundred boards that show the same draw it once. What a reader may see is in the
// mark; the language and the reader's body are in the key.
type cards struct {
	mu    sync.Mutex
	drawn map[string]string
}

const mostCards = 2000

func (c *cards) html(v *visit, w desk.Whistle, body string) string {
	key := string(v.page.Lang) + " " + body + " " + w.Mark
	c.mu.Lock()
	defer c.mu.Unlock()
	if html, ok := c.drawn[key]; ok {
		return html
	}
	var b bytes.Buffer
	page := look.Page{Lang: v.page.Lang, Today: v.page.Today, Cited: v.page.Cited}
	if err := whistle.Card(page, w, body).Render(v.r.Context(), &b); err != nil {
		return "" // the template writes to memory: this is a reader who left
	}
	if c.drawn == nil || len(c.drawn) >= mostCards {
		c.drawn = map[string]string{}
	}
	c.drawn[key] = b.String()
	return b.String()
}
