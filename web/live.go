package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"jishi/base/calendar"
	"jishi/base/stream"
	"jishi/base/words"
	"jishi/desk"
	"jishi/web/look"
	"jishi/web/whistle"
)

// whistlesLive sends the cards that change as server-sent events, as long as the session and the server last. Before
// each event it asks anew who the reader is. Once the stream has begun there is no page to show an error on: it ends,
// and the reader comes again.
func (s *Server) whistlesLive(v *visit) error {
	who, err := s.officer(v)
	if err != nil {
		return err
	}
	watch, err := s.desk.Live.Watch(v.r.Context(), who)
	if err != nil {
		return err
	}
	defer watch.Close()
	out := stream.Open(v.w)
	u := watch.All(who)
	for {
		data, err := json.Marshal(s.drawn(v, u, watch.Body))
		if err != nil || out.Send("board", data) != nil {
			return nil
		}
		full, ok := watch.Wait(v.r.Context())
		if !ok {
			return nil
		}
		who, err := s.officer(v)
		if r, refused := words.AsRefusal(err); refused && r.Kind == words.SignIn || err == nil && who.Acting != watch.Body {
			out.Send("out", nil)
			return nil
		}
		if err != nil {
			return nil
		}
		u = watch.Next(who, full)
	}
}

// drawnUpdate is an update as the page's script takes it.
type drawnUpdate struct {
	All   bool     `json:"all,omitempty"`
	At    string   `json:"at"`
	Cards []card   `json:"cards,omitempty"`
	Gone  []string `json:"gone,omitempty"`
}

type card struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

func (s *Server) drawn(v *visit, u desk.Update, body string) drawnUpdate {
	d := drawnUpdate{All: u.All, At: u.At.In(calendar.Zone).Format("15:04:05"), Gone: u.Gone}
	for _, w := range u.Whistles {
		d.Cards = append(d.Cards, card{w.ID, s.cards.html(v, w, body)})
	}
	return d
}

// cards keeps drawn cards, so that a hundred boards that show the same draw it once. What a reader may see is in the
// mark; the language and the reader's body are in the key.
type cards struct {
	mu    sync.Mutex
	drawn map[string]string
}

const mostCards = 2000

func (c *cards) html(v *visit, w desk.Whistle, body string) string {
	key := fmt.Sprintf("%s %s %s", v.page.Lang, body, w.Mark)
	c.mu.Lock()
	defer c.mu.Unlock()
	if html, ok := c.drawn[key]; ok {
		return html
	}
	var b bytes.Buffer
	page := look.Page{Lang: v.page.Lang, Today: v.page.Today, Cited: v.page.Cited}
	if err := whistle.Card(page, w, body).Render(v.r.Context(), &b); err != nil {
		return "" // it writes to memory: this is a reader who left
	}
	if c.drawn == nil || len(c.drawn) >= mostCards {
		c.drawn = map[string]string{}
	}
	c.drawn[key] = b.String()
	return b.String()
}
