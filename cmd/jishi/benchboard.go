package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"jishi/bench"
	"jishi/demo"
	"jishi/desk"
	"jishi/web"
)

// What a street's board must keep to: 200 open tasks, 100 boards open, an arrival on all of them within a second, and
// one hundredth of a core for all of it.
const (
	boardWhistles = 50
	boardTasks    = 4 // of each whistle
	boardsOpen    = 100
	boardMS       = 1000
	boardCore     = 1.0 // per cent
)

var boardBodies = [boardTasks]string{"county-urban", "county-housing", "county-water", "county-police"}

// boards measures open boards on a server of its own: how long after the press of an arrival it shows on each of them,
// and what they cost beside the same arrivals without a board.
func (b *benchmark) boards(ctx context.Context, c config, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	if err := demo.Settle(ctx, s.desk, content, land, time.Now()); err != nil {
		return err
	}
	x := &boardBench{}
	if err := x.prepare(ctx, s, land); err != nil {
		return err
	}
	engine := s.db.Engine().String()
	s.close()
	p, err := b.start(c)
	if err != nil {
		return err
	}
	defer p.stop()
	x.p = p
	time.Sleep(3 * time.Second) // what a start does by itself is over
	nothing := x.rest(b.d)
	alone, _, err := x.arrive(b.d, nil)
	if err != nil {
		return err
	}
	seen, closed, err := x.open(ctx)
	if err != nil {
		return err
	}
	defer closed()
	rest := x.rest(b.d) - nothing
	with, took, err := x.arrive(b.d, seen)
	if err != nil {
		return err
	}
	r := bench.Times("board", took)
	r.DB, r.C, r.Matters = engine, boardsOpen, boardWhistles*boardTasks
	r.LimitMS, r.CPU, r.RestCPU, r.LimitCPU = boardMS, max(0, with-alone), max(0, rest), boardCore
	r.Note = fmt.Sprintf("one arrival every %s; the same arrivals without a board take %.2f %% of a core, a server at rest %.2f %%", boardPace, alone, nothing)
	return r.Print(b.stdout)
}

// boardPace is how often somebody arrives: 200 tasks that each go through five steps in two working hours.
const boardPace = 7 * time.Second

type boardBench struct {
	p       *process
	street  []string // sessions, one for each board
	handler map[string]string
	tasks   []boardTask // those that nobody has arrived for
	all     []boardTask // of every whistle, for those who listen
}

type boardTask struct{ id, body string }

// prepare blows the whistles and signs everybody in.
func (x *boardBench) prepare(ctx context.Context, s *system, land demo.Land) error {
	street, err := s.desk.Staff(ctx, "town-1-officer")
	if err != nil {
		return err
	}
	for i := range boardWhistles {
		with := map[string]string{"title": fmt.Sprintf("路面塌陷第%d处", i+1), "what": "路面塌了一个坑，还在冒水。", "place": land.Towns[0].Villages[i%len(land.Towns[0].Villages)].Code,
			"targets": strings.Join(boardBodies[:], " ")}
		if _, err := s.desk.File(ctx, street, desk.Filing{Token: desk.NewToken(), Procedure: desk.WhistleID, Class: "emergency", With: with}); err != nil {
			return err
		}
	}
	board, err := s.desk.Board(ctx, street)
	if err != nil {
		return err
	}
	for _, w := range board.Whistles {
		for _, r := range w.Reports {
			x.tasks = append(x.tasks, boardTask{r.ID, r.Body.ID})
		}
	}
	x.all = slices.Clone(x.tasks)
	for range boardsOpen {
		token, err := s.desk.Begin(ctx, street, "bench")
		if err != nil {
			return err
		}
		x.street = append(x.street, token)
	}
	x.handler = map[string]string{}
	for _, body := range boardBodies {
		who, err := s.desk.Staff(ctx, body+"-officer")
		if err != nil {
			return err
		}
		if x.handler[body], err = s.desk.Begin(ctx, who, "bench"); err != nil {
			return err
		}
	}
	return nil
}

// sightings are when boards showed a task as arrived.
type sightings struct {
	mu    sync.Mutex
	tasks map[string][]time.Time
}

func (s *sightings) at(task string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tasks[task]
}

// open opens the boards and notes when each task first shows as arrived.
func (x *boardBench) open(ctx context.Context) (*sightings, func(), error) {
	ctx, stop := context.WithCancel(ctx)
	seen := &sightings{tasks: map[string][]time.Time{}}
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: boardsOpen * 2}}
	for _, token := range x.street {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, x.p.at+"/whistles/live", nil)
		if err != nil {
			stop()
			return nil, nil, err
		}
		q.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: token})
		a, err := client.Do(q)
		if err != nil || a.StatusCode != http.StatusOK {
			stop()
			return nil, nil, fmt.Errorf("a board does not open: %v %w", a, err)
		}
		go x.listen(a, seen)
	}
	time.Sleep(2 * time.Second)
	return seen, stop, nil
}

// listen reads one board. The first event is the whole board and is no news.
func (x *boardBench) listen(a *http.Response, seen *sightings) {
	defer a.Body.Close()
	lines := bufio.NewReaderSize(a.Body, 1<<20)
	there := map[string]bool{} // on this board
	for n := 0; ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasPrefix(line, "data: ") {
			continue
		}
		if n++; n == 1 {
			continue
		}
		now := time.Now()
		seen.mu.Lock()
		for _, t := range x.all {
			if !there[t.id] && arrivedIn(line, t.id) {
				there[t.id] = true
				seen.tasks[t.id] = append(seen.tasks[t.id], now)
			}
		}
		seen.mu.Unlock()
	}
}

// arrivedIn reports whether a card in the event shows the task as arrived.
func arrivedIn(line, task string) bool {
	before, _, ok := strings.Cut(line, `/reports/`+task)
	i := strings.LastIndex(before, `data-state=\"`)
	return ok && i >= 0 && strings.HasPrefix(before[i:], `data-state=\"arrived`)
}

// rest is what part of a core the server takes while nobody does anything.
func (x *boardBench) rest(d time.Duration) float64 {
	before := x.p.seconds()
	time.Sleep(d)
	return (x.p.seconds() - before) / d.Seconds() * 100
}

// arrive lets departments arrive, one at each pace, and returns what part of a core the server took meanwhile, and how
// long each arrival took from its press until each board showed it, in milliseconds.
func (x *boardBench) arrive(d time.Duration, seen *sightings) (core float64, took []float64, err error) {
	pace := min(boardPace, d)
	before, began := x.p.seconds(), time.Now()
	pressed := map[string]time.Time{}
	for time.Since(began) < d && len(x.tasks) > 0 {
		t := x.tasks[len(x.tasks)-1]
		x.tasks = x.tasks[:len(x.tasks)-boardTasks/2] // another whistle the next time but one
		pressed[t.id] = time.Now()
		if err := x.press(t); err != nil {
			return 0, nil, err
		}
		time.Sleep(pace)
	}
	core = (x.p.seconds() - before) / time.Since(began).Seconds() * 100
	if seen == nil {
		return core, nil, nil
	}
	for id, at := range pressed {
		list := seen.at(id)
		for _, when := range list {
			if when.After(at) {
				took = append(took, float64(when.Sub(at).Microseconds())/1000)
			}
		}
		if len(list) < boardsOpen {
			return core, took, fmt.Errorf("an arrival shows on %d of %d boards", len(list), boardsOpen)
		}
	}
	return core, took, nil
}

func (x *boardBench) press(t boardTask) error {
	form := url.Values{"token": {desk.NewToken()}, "arrived_place": {"菜场北门"}, "arrived_who": {"值班组"}, "can_decide": {"yes"}}
	q, err := http.NewRequest(http.MethodPost, x.p.at+"/reports/"+t.id+"/arrive", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: x.handler[t.body]})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("an arrival is answered %s", a.Status)
	}
	return nil
}

// seconds is the time that the process has had on the processors; 0 where the system does not tell.
func (p *process) seconds() float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ") // a name may hold blanks
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	kernel, _ := strconv.ParseFloat(f[12], 64)
	return (user + kernel) / 100 // the kernel counts in hundredths on every Linux that Go runs on
}
