package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/people/division"
	"jishi/web"
)

// answer is what one person gets at an address, with what is different at every look taken out.
func (w *world) answer(person, method, path string) string {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Language", "zh-CN")
	r.Host = "worlds.example"
	if person != "" {
		if w.session[person] == "" {
			who, err := w.d.Staff(w.t.Context(), person)
			w.must(err)
			token, err := w.d.Begin(w.t.Context(), who, "worlds")
			w.must(err)
			w.session[person] = token
		}
		r.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: w.session[person]})
	}
	rec := httptest.NewRecorder()
	w.front.ServeHTTP(rec, r)
	head := rec.Header()
	head.Del("X-Request-Id")
	head.Del("Date")
	head.Del("Set-Cookie")
	var all bytes.Buffer
	fmt.Fprintln(&all, rec.Code)
	head.Write(&all)
	all.WriteByte('\n')
	all.Write(rec.Body.Bytes())
	return w.plain(all.String())
}

// drawn is what is fresh at every look of one's own account: the QR code of a second factor's key, what a passkey is asked.
var drawn = regexp.MustCompile(`<svg class="qr".*?</svg>|data-ask="[^"]*"|name="state" value="[^"]*"`)

var fresh = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b|\b[0-9A-F]{10}\b|\b[A-Z2-7]{26,32}\b`)

// plain replaces the identifiers of the story's matters by their place in it, and every other random sign by a dot of
// the same length, so that the length of an answer is still compared.
func (w *world) plain(s string) string {
	for i, c := range w.cases {
		s = strings.ReplaceAll(s, c.ID, alias(i))
	}
	s = strings.ReplaceAll(s, nobody, alias(unknown))
	s = drawn.ReplaceAllString(s, "<code of a fresh key>")
	return fresh.ReplaceAllStringFunc(s, func(x string) string { return strings.Repeat(".", len(x)) })
}

// real turns the place of a matter in the story back into its address in this world.
func (w *world) real(s string) string {
	for i, c := range w.cases {
		s = strings.ReplaceAll(s, alias(i), c.ID)
	}
	return strings.ReplaceAll(s, alias(unknown), nobody)
}

var href = regexp.MustCompile(`href="(/[^"]*)"`)

// watchers are those who must not learn the secret: the reported, who works beneath them, who has nothing to do with it,
// who keeps the machine, and the public.
var watchers = []string{"", "county-housing-officer", "county-housing-head", "county-urban-officer", "county-urban-head", "county-transport-officer", "county-labor-officer",
	"county-labor-head", "county-education-officer", "county-education-head", "county-market-officer", "county-gov-head", "county-gov-officer", "province-petition-chief", "province-gov-head", "town-1-officer", "county-data-system", "county-data-audit"}

// blanks are what stands in the addresses of routes: every matter of the story and one that does not exist, and things
// that do not exist. A route with another blank fails the test until it is said here what somebody would try there.
var blanks = map[string][]string{
	"id": {"county-housing"}, "number": {"LX2025-999999"}, "matter": {}, "action": {"register", "note", "serve-opinion"}, "letter": {"opinion-1"}, "hash": {strings.Repeat("ab", 32)}, "entry": {strings.Repeat("0", 36)},
	"key": {"petition@2022-05-01"}, "set": {"petition"}, "rate": {"handle"}, "body": {"county-housing", "county-urban", "county-petition"}, "procedure": {"petition", "mediation"}, "kind": {"report"},
	"day": {"2025-03-10"}, "year": {"2025"}, "code": {division.DemoCounty}, "version": {"petition@2022-05-01"}, "field": {"what"}, "name": {"fields"}, "format": {"json"}, "token": {"none"}, "person": {"county-housing-head"},
	"file": {"none.ics"}, "hook": {strings.Repeat("0", 36)}, "ask": {strings.Repeat("0", 36)}, "message": {"msg_" + strings.Repeat("0", 36)}, "event": {strings.Repeat("0", 36)}, "law": {"XF"}, "clock": {"handle"}, "box": {"today"}, "place": {"421223100001"}, "form": {"none"}, "org": {"town-1", "village-1-1"},
}

// unknown is the place of a matter that no story has, and nobody its identifier.
const (
	unknown = 999
	nobody  = "0193a000-0000-7000-8000-000000000000"
)

func alias(i int) string { return fmt.Sprintf("<matter %027d>", i) }

var blank = regexp.MustCompile(`\{([a-z]+)(?:\.\.\.)?\}`)

// addresses are those of a route: every blank filled in with everything.
func (w *world) addresses(route string) []string {
	list := []string{route}
	for {
		m := blank.FindStringSubmatch(list[0])
		if m == nil {
			return list
		}
		values, ok := blanks[m[1]]
		if !ok {
			w.t.Errorf("the route %s has a blank {%s} that the test does not know: say in blanks what somebody would try there", route, m[1])
			return nil
		}
		matters := strings.Contains(route, "/m/") || strings.Contains(route, "/matters/") || strings.Contains(route, "/p/") ||
			strings.Contains(route, "/whistles/") || strings.Contains(route, "/reports/")
		if (m[1] == "id" || m[1] == "matter") && matters {
			values = append(values, alias(unknown))
		}
		for i, c := range w.cases {
			if !c.probed {
				continue
			}
			if (m[1] == "id" || m[1] == "matter") && matters {
				values = append(values, alias(i))
			} else if m[1] == "number" {
				values = append(values, c.Number)
			}
		}
		var filled []string
		for _, one := range list {
			for _, v := range values {
				filled = append(filled, strings.ReplaceAll(one, m[0], v))
			}
		}
		list = filled
	}
}

// routes are all that the house answers, pages and interface, as "GET /m/{id}".
func (w *world) routes() []string {
	list := slices.Clone(w.pages.Patterns())
	var doc struct {
		Paths map[string]map[string]any
	}
	r := httptest.NewRecorder()
	w.front.ServeHTTP(r, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	w.must(json.Unmarshal(r.Body.Bytes(), &doc))
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			list = append(list, strings.ToUpper(method)+" "+path)
		}
	}
	if len(list) < 100 {
		w.t.Fatalf("only %d routes were found: the test looks at the wrong place", len(list))
	}
	return list
}

// changing are routes whose empty form would change something for everybody, or end the watcher's own session.
var changing = regexp.MustCompile(`sign-out|^POST /sign-in|^POST /admin/account/|^POST /demo|^DELETE|^(POST|PUT) /api/v1/(tokens|calendar|webhooks)|^POST /calendar|^POST /admin/hooks`)

// asked is what a watcher tries besides following links: every route, at every matter, and what they heard rumours of.
func asked(w *world) []string {
	var list []string
	for _, route := range w.routes() {
		method, path, ok := strings.Cut(route, " ")
		if !ok || changing.MatchString(route) {
			continue
		}
		for _, address := range w.addresses(strings.TrimSuffix(path, "{$}")) {
			list = append(list, method+" "+address)
		}
	}
	for _, path := range []string{"/rates?by=class", "/rates?by=month&period=2025", "/open311/v2/requests.json", "/open311/v2/requests.xml", "/api/v1/matters?class=report",
		"/api/v1/matters?box=area", "/desk?box=area&class=report", "/desk?box=part&class=report", "/no-such-page"} {
		list = append(list, "GET "+path)
	}
	for _, q := range []string{"红包", "截留", "收费", "补贴", "经办人当面要钱", "路灯"} {
		list = append(list, "GET /search?q="+q, "GET /api/v1/search?q="+q, "GET /desk?q="+q)
	}
	for _, c := range w.cases {
		list = append(list, "GET /search?q="+c.Number, "GET /open311/v2/requests/"+c.Number+".json")
	}
	return list
}

// TestTwoWorlds: whatever happens, the reported side, whoever works beneath it and everybody without a part in the
// report are answered the same to the byte, whether the report named the one or the other; the operator's log too.
// JISHI_WORLDS=N plays N stories instead of two; JISHI_WORLDS_SEED=S begins with that one.
func TestTwoWorlds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, first *db.DB) {
		t.Parallel()
		stories, seed := number("JISHI_WORLDS", 1), int64(number("JISHI_WORLDS_SEED", 1))
		for i := range stories {
			t.Run(fmt.Sprintf("story-%d", seed+int64(i)), func(t *testing.T) {
				a := first
				if i > 0 {
					a = another(t)
				}
				twoWorlds(t, pair(t, a, another(t)), seed+int64(i))
			})
		}
	})
}

// pair are two worlds that sign with the same key.
func pair(t *testing.T, a, b *db.DB) [2]*world {
	keep := t.TempDir()
	return [2]*world{newWorld(t, a, 0, keep), newWorld(t, b, 1, keep)}
}

// another is one more fresh database on the engine of this test.
func another(t *testing.T) *db.DB {
	if strings.Contains(t.Name(), "/sqlite") {
		return dbtest.SQLite(t)
	}
	return dbtest.PostgreSQL(t)
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func twoWorlds(t *testing.T, w [2]*world, seed int64) {
	refused := 0
	for i, s := range story(seed, 45) {
		a, b := w[0].play(s), w[1].play(s)
		if a != b {
			t.Fatalf("seed %d: scene %d, %+v: one world says %s, the other %s", seed, i, s, a, b)
		}
		if a != "<nil>" && a != "done" {
			refused++
		}
	}
	w[0].follow()
	w[1].follow()
	secrets, plain := 0, 0
	for i, c := range w[0].cases {
		if c.secret {
			secrets++
		} else {
			plain++
		}
		// Every route is tried at a few matters; in the long run at all of them.
		c.probed = number("JISHI_WORLDS", 1) > 1 || c.secret && secrets <= 3 || plain == 1
		w[1].cases[i].probed = c.probed
	}
	if secrets < 3 || plain < 5 || refused > 30 {
		t.Fatalf("seed %d: a thin story: %d matters, %d of them secret, %d scenes refused", seed, len(w[0].cases), secrets, refused)
	}
	if !strings.Contains(w[0].answer("county-petition-registrar", "GET", "/search?q=红包"), alias(1)) {
		t.Fatal("the receiving bureau does not find the report: the comparison below would prove nothing")
	}
	looked := 0
	for _, who := range watchers {
		looked += compare(t, w, who, 120)
	}
	for i := range w {
		w[i].answer("", "GET", "/")
	}
	if a, b := w[0].plain(w[0].log.String()), w[1].plain(w[1].log.String()); a != b {
		t.Errorf("seed %d: the log tells: %s", seed, difference(a, b))
	}
	t.Logf("seed %d: %d matters, %d of them secret, %d answers compared", seed, len(w[0].cases), secrets, looked)
}

// compare follows every link that the person finds, and tries what no link leads to.
func compare(t *testing.T, w [2]*world, who string, most int) int {
	queue := asked(w[0])
	most += len(queue)
	seen, kinds := map[string]bool{}, map[string]int{}
	looked := 0
	for len(queue) > 0 && looked < most {
		ask := queue[0]
		queue = queue[1:]
		method, path, _ := strings.Cut(ask, " ")
		if k := kind(path); seen[ask] || looked > most-120 && kinds[k] > 12 || strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/prefer") ||
			strings.HasSuffix(path, "/template") { // a spreadsheet is written anew each time, in another order of its parts
			continue
		}
		seen[ask] = true
		kinds[kind(path)]++
		looked++
		a, b := w[0].answer(who, method, w[0].real(path)), w[1].answer(who, method, w[1].real(path))
		if a != b {
			t.Errorf("%q learns something at %s: %s", who, ask, difference(a, b))
		}
		for i, c := range w[0].cases {
			if c.secret && strings.Contains(path, alias(i)) {
				for n, got := range []string{a, b} {
					none := w[n].answer(who, method, w[n].real(strings.ReplaceAll(path, alias(i), alias(unknown))))
					if strings.ReplaceAll(got, alias(i), alias(unknown)) != none {
						t.Errorf("%q learns at %s that there is something: %s", who, ask, difference(got, none))
					}
				}
			}
		}
		for _, m := range href.FindAllStringSubmatch(a, -1) {
			queue = append(queue, "GET "+strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	return looked
}

// difference shows where two answers part.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		one, other := "", ""
		if i < len(x) {
			one = x[i]
		}
		if i < len(y) {
			other = y[i]
		}
		if one != other {
			at := 0
			for at < min(len(one), len(other)) && one[at] == other[at] {
				at++
			}
			from := max(0, at-80)
			return fmt.Sprintf("line %d\n  %.240q\n  %.240q", i+1, one[min(from, len(one)):], other[min(from, len(other)):])
		}
	}
	return "nothing"
}

// TestTheTwoWorldsTestCanFail: who may read the reports reads different things.
func TestTheTwoWorldsTestCanFail(t *testing.T) {
	t.Parallel()
	w := pair(t, dbtest.SQLite(t), dbtest.SQLite(t))
	for _, s := range story(1, 0) {
		w[0].play(s)
		w[1].play(s)
	}
	if a, b := w[0].answer("county-petition-registrar", "GET", "/desk"), w[1].answer("county-petition-registrar", "GET", "/desk"); a == b {
		t.Error("the bureau that receives the reports reads the same in both worlds: the comparison compares nothing")
	}
	if !slices.Contains(watchers, "county-housing-head") {
		t.Error("nobody of the reported side watches")
	}
}
