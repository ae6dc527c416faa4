package tests

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"jishi/api"
	"jishi/api/open311"
	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/demo"
	"jishi/derive/ledger"
	"jishi/derive/search"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/rules"
	"jishi/web"
	"jishi/work/journal"
	"jishi/work/procedure"
)

// A world is one county with its desk, its pages and its interfaces, and a clock that only the story moves. Two of
// them live through the same story and differ only in what is secret: whom a sealed
// report names, what it says, and for some where it was brought in.
type world struct {
	t       testing.TB
	n       int // which of the two
	d       *desk.Desk
	front   http.Handler
	pages   *web.Server
	log     *bytes.Buffer // what the program wrote for its operator
	now     time.Time
	land    demo.Land
	cases   []*episode
	session map[string]string // by person
}

// episode is a matter of the story. Its ID differs from world to world; its place in the story does not.
type episode struct {
	desk.Receipt
	step   int // of the ladder that it climbs
	secret bool
	at     string // the county or the city, of a report
	over   bool
	probed bool // watchers try every route at it
}

func newWorld(t testing.TB, d *db.DB, n int, keep string) *world {
	t.Helper()
	w := &world{t: t, n: n, log: &bytes.Buffer{}, now: time.Date(2025, 3, 3, 9, 0, 0, 0, calendar.Zone), session: map[string]string{}}
	ctx := t.Context()
	laws, err := law.Load(rules.FS)
	w.must(err)
	cal, err := calendar.Load(rules.FS)
	w.must(err)
	book, err := procedure.Load(rules.FS, laws, cal)
	w.must(err)
	places, err := division.Load(ctx, d)
	w.must(err)
	offices, err := desk.NewOffices(ctx, d, calendar.DayOf(w.now))
	w.must(err)
	v, err := vault.OpenKeys(filepath.Join(t.TempDir(), "keys.json"))
	w.must(err)
	blobs, err := blob.New(t.TempDir())
	w.must(err)
	secret := []byte("a secret of thirty-two characters")
	gate, err := actor.NewGate(d, secret)
	w.must(err)
	keys, err := ledger.LoadKeys(filepath.Join(keep, "ledger.json"), "worlds", w.now)
	w.must(err)
	w.d = desk.New(&desk.Desk{DB: d, Book: book, Laws: laws, Places: places, Offices: offices, Gate: gate, Vault: v, Blobs: blobs,
		Ledger: &ledger.Ledger{DB: d, Keys: keys}, Now: func() time.Time { return w.now }}, cal, secret)
	w.d.Live.End() // an open board says all that it shows, and ends
	content, err := demo.Load()
	w.must(err)
	w.land, err = demo.LandOf(division.DemoCounty)
	w.must(err)
	w.must(demo.Settle(ctx, w.d, content, w.land, w.now))
	w.front = w.house(secret)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("world %d: %v", w.n, err)
	}
}

// house puts pages and interfaces behind one address, as the program does.
func (w *world) house(secret []byte) http.Handler {
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "ref" {
			return slog.Attr{}
		}
		return a
	}}))
	mux := http.NewServeMux()
	interfaces := api.New(w.d, api.Options{Site: "worlds", Cookie: web.StaffCookie, Secret: secret, Log: log})
	mux.Handle("/api/", interfaces)
	mux.Handle("/problems/", interfaces)
	mux.Handle("/open311/", open311.New(w.d, open311.Options{Site: "worlds", Log: log}))
	w.pages = web.New(w.d, web.Options{Site: "worlds", Log: log, Key: secret})
	mux.Handle("/", w.pages)
	return mux
}

// The bodies that the two worlds' reports name. Whoever works in any of them must be answered alike in both worlds.
var named = [][2]string{{"county-housing", "county-urban"}, {"county-transport", "county-labor"}, {"county-education", "county-gov"}}

// Where a report of a person is brought in: in one world the county does not even have it.
var receivers = [2]string{"county", "city"}

// A step of the story. It gets the same numbers in both worlds.
type scene struct {
	what string
	a, b int
}

// story makes up what happens, in an order that the seed decides.
func story(seed int64, length int) []scene {
	r := rand.New(rand.NewSource(seed))
	kinds := []string{"file", "file", "file", "report", "report-person", "climb", "climb", "climb", "climb", "climb", "split", "merge", "note", "days", "days", "pass", "post", "parent"}
	scenes := []scene{{"file", 0, 0}, {"report", 1, 0}, {"report-person", 0, 0}, {"climb", 0, 0}, {"split", 0, 0}, {"climb", 0, 1}, {"pass", 1, 0}}
	for range length {
		scenes = append(scenes, scene{kinds[r.Intn(len(kinds))], r.Intn(1000), r.Intn(1000)})
	}
	return scenes
}

// play does one scene and says how it went, in words that must be the same in both worlds.
func (w *world) play(s scene) string {
	w.now = w.now.Add(7 * time.Minute)
	switch s.what {
	case "file", "report", "report-person":
		return w.file(s)
	case "days":
		w.now = w.now.AddDate(0, 0, 1+s.a%12)
		_, err := w.d.Sweep(w.t.Context())
		return fmt.Sprint(err)
	case "post": // somebody gets a second post
		return w.settle(func(ctx context.Context, tx *db.Tx) error {
			return actor.PutPost(ctx, tx, "county-labor-officer", actor.Post{ID: "second", Org: named[s.a%len(named)][s.b%2], Title: "借用人员",
				Powers: []actor.Power{actor.Handle}, From: calendar.DayOf(w.now)})
		})
	case "parent": // a department comes beneath another
		o, _ := w.d.Offices.Tree().Get("county-market")
		o.Parent = []string{"county-gov", "county-housing", "county-urban"}[s.a%3]
		return w.settle(func(ctx context.Context, tx *db.Tx) error { return org.Put(ctx, tx, o) })
	}
	c := w.pick(s)
	if c == nil {
		return "nothing to do it with"
	}
	switch s.what {
	case "climb":
		return w.climb(c)
	case "split":
		return w.do("county-petition-registrar", c, "split", map[string]string{"class": "report", "title": w.secret(s.a, 0), "what": w.secret(s.a, 1), "against": named[s.b%len(named)][w.n]})
	case "merge":
		if other := w.pick(scene{"", s.b, 0}); other != nil && other != c {
			return w.do("county-petition-registrar", c, "merge", map[string]string{"linked": other.Number})
		}
	case "note":
		who, err := w.d.Staff(w.t.Context(), "county-petition-registrar")
		w.must(err)
		return fmt.Sprint(w.d.Note(w.t.Context(), who, c.ID, "已电话核实"))
	case "pass":
		for _, c := range w.cases {
			if c.secret && !c.over {
				c.over = true
				w.do(c.at+"-petition-registrar", c, "register", nil)
				return w.do(c.at+"-petition-registrar", c, "transfer-report", map[string]string{"target": c.at + "-discipline"})
			}
		}
	}
	return "done"
}

// file brings in a petition, or a report whose text and target are the secret.
func (w *world) file(s scene) string {
	f := desk.Filing{Class: "claim", Token: fmt.Sprintf("token-%d", len(w.cases)), Who: demo.Citizen(s.a, ""), With: map[string]string{
		"title": "路灯不亮" + strconv.Itoa(s.a), "what": "窗口收费不清，路灯三个月没有修。", "place": w.land.Towns[s.b%len(w.land.Towns)].Code}}
	if s.what != "file" {
		f.Class, f.With["title"], f.With["what"] = "report", w.secret(s.a, 0), w.secret(s.a, 1)
		f.Who = demo.Citizen(s.a+5000*w.n, "")
		f.Reported = []string{named[s.b%len(named)][w.n]}
		if s.what == "report-person" {
			f.Reported, f.ReportedPersons = nil, []string{named[s.b%len(named)][w.n] + "-head"}
			f.Body = receivers[w.n] + "-petition"
		}
	}
	r, err := w.d.File(w.t.Context(), actor.Nobody(words.ZH), f)
	if err == nil {
		w.cases = append(w.cases, &episode{Receipt: r, secret: s.what != "file", at: receivers[w.n*(len(s.what)/len("report-person"))]})
	}
	return fmt.Sprint(err)
}

func (w *world) secret(a, part int) string {
	return []string{"红包收费回扣", "截留补贴款项"}[w.n] + []string{"", "：经办人当面要钱，否则不办。"}[part] + strconv.Itoa(a)
}

// pick is one of the plain petitions that are still open.
func (w *world) pick(s scene) *episode {
	var open []*episode
	for _, c := range w.cases {
		if !c.secret && !c.over {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open[s.a%len(open)]
}

// climb takes a plain petition one step further on the ordinary way.
func (w *world) climb(c *episode) string {
	handler := named[len(c.Number)%len(named)][int(c.Number[len(c.Number)-1])%2]
	ladder := []struct {
		who, action string
		with        map[string]string
	}{
		{"county-petition-registrar", "register", map[string]string{"class": "claim"}},
		{"county-petition-registrar", "forward", map[string]string{"target": handler, "reason": "请核实"}},
		{handler + "-officer", "receive", nil},
		{handler + "-officer", "accept", map[string]string{"path": "调查核实"}},
		{handler + "-officer", "serve-opinion", map[string]string{"outcome": "supported", "facts": "路灯确实不亮", "opinion": "已经修复", "basis": "有关规定", "remedy": "三十日内可以请求复查", "served_how": "direct", "served_on": string(calendar.DayOf(w.now)), "served_proof": "回执"}},
	}
	if c.step >= len(ladder) {
		return "at the top"
	}
	s := ladder[c.step]
	c.step++
	return w.do(s.who, c, s.action, s.with)
}

func (w *world) do(person string, c *episode, action string, with map[string]string) string {
	who, err := w.d.Staff(w.t.Context(), person)
	if err != nil {
		return err.Error()
	}
	_, err = w.d.Do(w.t.Context(), who, c.ID, desk.Press{Action: action, With: with})
	if r, ok := words.AsRefusal(err); ok {
		return r.Code
	}
	return fmt.Sprint(err)
}

func (w *world) settle(f func(context.Context, *db.Tx) error) string {
	w.must(w.d.DB.Write(w.t.Context(), func(tx *db.Tx) error { return f(w.t.Context(), tx) }))
	w.must(w.d.Offices.Reload(w.t.Context(), w.d.DB, calendar.DayOf(w.now)))
	return "done"
}

// follow lets everything that follows the journal catch up.
func (w *world) follow() {
	ctx := w.t.Context()
	index, rates := &search.Index{Book: w.d.Book, Places: w.d.Places}, w.d.RateIndex()
	for _, step := range []func() (int, error){
		func() (int, error) { return journal.Sequence(ctx, w.d.DB, 1000) },
		func() (int, error) { return index.Follow(ctx, w.d.DB, 500) },
		func() (int, error) { return rates.Follow(ctx, w.d.DB, 500) },
		func() (int, error) { return w.d.Ledger.Follow(ctx, 500) },
	} {
		for n := 1; n > 0; {
			var err error
			n, err = step()
			w.must(err)
		}
	}
	w.must(w.d.Ledger.Sign(ctx, w.now))
}
