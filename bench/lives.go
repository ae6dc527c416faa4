package bench

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Load is an open loop of whole petitions against running servers of a demonstration: each is filed, registered, sent
// on, received, accepted, answered and rated, with lists, searches and looks between, by seven people. When each step is
// due is decided before the first one is sent, and how long it took is counted from then: a server that stands still is
// not asked less, and everybody who had to wait for it is in the figures.
type Load struct {
	At       []string      // servers of one system, http://HOST:PORT; whose one is gone asks the next
	Rate     float64       // requests a second
	For      time.Duration // how long petitions begin; what was begun is brought to its end
	Gap      time.Duration // between two steps of one petition
	Patience time.Duration // how long somebody who gets no answer tries again, with the same key
	Contend  int           // in one of so many petitions two officers press at the same time; 0 in none

	run    string
	client *http.Client
	tokens map[string]string // by role
	began  time.Time

	mu    sync.Mutex
	steps []Step
}

// Step is what one client wanted once, and what it was told. Times are nanoseconds since the load began.
type Step struct {
	Life    int    `json:"life"`
	Op      string `json:"op"`               // file, press, read, list, search
	Action  string `json:"action,omitempty"` // of a press
	Who     string `json:"who,omitempty"`
	Key     string `json:"key,omitempty"`
	Title   string `json:"title,omitempty"`
	Matter  string `json:"matter,omitempty"`
	Number  string `json:"number,omitempty"`
	Code    string `json:"code,omitempty"`
	Seq     int    `json:"seq,omitempty"` // the number of events that a press was decided on
	Got     int    `json:"got,omitempty"` // the number that the answer told
	Status  int    `json:"status"`        // 0: there never was an answer
	Tries   int    `json:"tries"`
	Planned int64  `json:"planned"`
	Sent    int64  `json:"sent"`
	Done    int64  `json:"done"`
	Said    string `json:"said,omitempty"` // an answer that was no success
}

// Promised reports whether the client was told that it is done.
func (s Step) Promised() bool { return s.Status/100 == 2 }

// Refused reports whether the client was told that it is not done: somebody else was first.
func (s Step) Refused() bool { return s.Status == http.StatusPreconditionFailed }

// Open reports that the client does not know.
func (s Step) Open() bool {
	return s.Status == 0 || s.Status >= 500 || s.Status == http.StatusTooManyRequests
}

// press is one step of a petition as it is planned.
type press struct {
	op, who, action string
	with            map[string]string
}

// ladder is what happens to each petition; every entry is one request.
func ladder(life int) []press {
	body := [...]string{"county-urban", "county-housing", "county-transport", "county-education"}[life%4]
	officer := body + "-officer"
	return []press{
		{op: "file"},
		{op: "list", who: "county-petition-registrar"},
		{op: "press", who: "county-petition-registrar", action: "register"},
		{op: "search", who: "county-petition-registrar"},
		{op: "press", who: "county-petition-registrar", action: "forward", with: map[string]string{"target": body}},
		{op: "list", who: officer},
		{op: "press", who: officer, action: "receive"},
		{op: "press", who: officer, action: "accept", with: map[string]string{"way31": "petition"}},
		{op: "read", who: officer},
		{op: "press", who: officer, action: "serve-opinion", with: map[string]string{"facts": "经查，反映的情况属实。", "outcome": "supported", "opinion": "三十日内修好。",
			"basis": "有关规定", "remedy": "三十日内可以请求复查。", "served_how": "in-person", "served_proof": "回证1号"}},
		{op: "read"},
		{op: "press", action: "evaluate", with: map[string]string{"rating": "5"}},
	}
}

// second is who presses at the same time, where two do.
var second = map[string]string{"county-petition-registrar": "county-petition-chief"}

// Enter signs everybody in who acts. It fails when the servers cannot be used at all.
func (l *Load) Enter(ctx context.Context) error {
	l.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return l.signIn(ctx)
}

// Run plays the load, after Enter, and returns what was asked and told; what single requests meet stands in their steps.
// It may be played again: each time is other petitions.
func (l *Load) Run(ctx context.Context) *History {
	each := l.Takes(1)
	lives := max(1, int(l.For/each))
	l.began, l.steps, l.run = time.Now(), nil, strings.ToLower(rand.Text()[:8])
	var all sync.WaitGroup
	for i := range lives {
		if !sleep(ctx, time.Until(l.began.Add(time.Duration(i)*each))) {
			break
		}
		all.Go(func() { l.live(ctx, i, time.Duration(i)*each) })
	}
	all.Wait()
	return &History{Began: l.began, Run: l.run, Rate: l.Rate, Planned: time.Duration(lives) * each, Steps: l.steps}
}

// Takes is for how long so many petitions begin at this rate.
func (l *Load) Takes(petitions int) time.Duration {
	return time.Duration(float64(petitions*len(ladder(0))) / l.Rate * float64(time.Second))
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// live brings one petition from its filing to its rating. It ends where a step was refused or never answered.
func (l *Load) live(ctx context.Context, life int, start time.Duration) {
	at := Step{Life: life, Title: fmt.Sprintf("负载%s第%d件", l.run, life)}
	for i, p := range ladder(life) {
		due := start + time.Duration(i)*l.Gap
		if !sleep(ctx, time.Until(l.began.Add(due))) {
			return
		}
		s := at
		s.Op, s.Action, s.Who, s.Seq, s.Got, s.Planned = p.op, p.action, p.who, at.Got, 0, due.Nanoseconds()
		if p.op == "press" || p.op == "file" {
			s.Key = fmt.Sprintf("load-%s-%d-%d", l.run, life, i)
		}
		done := l.take(ctx, s, p)
		if !done.Promised() {
			return
		}
		if p.op == "file" {
			at.Matter, at.Number, at.Code = done.Matter, done.Number, done.Code
		}
		if done.Got > 0 {
			at.Got = done.Got
		}
	}
}

// take takes one step, together with a second officer where two press at once; it returns the one that was done.
func (l *Load) take(ctx context.Context, s Step, p press) Step {
	other := second[s.Who]
	if s.Op != "press" || other == "" || l.Contend == 0 || s.Life%l.Contend != 0 {
		return l.settle(ctx, s, p)
	}
	rival := s
	rival.Who, rival.Key = other, s.Key+"-second"
	var both sync.WaitGroup
	both.Go(func() { rival = l.settle(ctx, rival, p) })
	s = l.settle(ctx, s, p)
	both.Wait()
	if !s.Promised() && rival.Promised() {
		return rival
	}
	return s
}

// settle sends until there is an answer that says whether it is done, or patience is over.
func (l *Load) settle(ctx context.Context, s Step, p press) Step {
	s.Sent = time.Since(l.began).Nanoseconds()
	end := l.began.Add(time.Duration(s.Sent) + l.Patience)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		l.send(ctx, &s, p)
		if s.Tries++; !s.Open() || time.Now().After(end) || !sleep(ctx, pause) {
			break
		}
	}
	s.Done = time.Since(l.began).Nanoseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps = append(l.steps, s)
	return s
}

// send asks one server once, and writes into the step what it answered.
func (l *Load) send(ctx context.Context, s *Step, p press) {
	method, path, body := http.MethodGet, "/api/v1/matters?box=today&limit=20", any(nil)
	switch s.Op {
	case "file":
		method, path, body = http.MethodPost, "/api/v1/filings", filing(s.Title)
	case "press":
		method, path, body = http.MethodPost, "/api/v1/matters/"+s.Matter+"/actions/"+s.Action, map[string]any{"with": p.with}
	case "read":
		path = "/api/v1/matters/" + s.Matter
	case "search":
		path = "/api/v1/search?q=" + s.Number
	}
	a, err := l.ask(ctx, s, method, path, body)
	s.Status, s.Said = a.status, ""
	if err != nil {
		s.Status, s.Said = 0, err.Error()
		return
	}
	if !s.Promised() {
		s.Said = string(a.text[:min(400, len(a.text))])
		return
	}
	fmt.Sscanf(a.tag, `"%d"`, &s.Got)
	if s.Op == "file" {
		var r struct{ ID, Number, Code string }
		if json.Unmarshal(a.text, &r) != nil || r.Code == "" {
			s.Status, s.Said = http.StatusTeapot, "a receipt without a number: "+string(a.text)
			return
		}
		s.Matter, s.Number, s.Code, s.Got = r.ID, r.Number, r.Code, 1
	}
}

func filing(title string) map[string]any {
	return map[string]any{"class": "claim", "who": map[string]string{"name": "王某甲", "phone": "19900000002"},
		"with": map[string]string{"title": title, "place": "421223000000", "wants": "请尽快修复。",
			"what": strings.Repeat("本楼楼道照明已经损坏三个月，多次向物业反映，一直没有人来修，老人夜间上下楼很不安全。", 6)}}
}

type reply struct {
	status int
	tag    string
	text   []byte
}

// ask sends one request in the name of the step's client.
func (l *Load) ask(ctx context.Context, s *Step, method, path string, body any) (reply, error) {
	at := l.At[(s.Life+s.Tries)%len(l.At)]
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		sent = strings.NewReader(string(text))
	}
	q, err := http.NewRequestWithContext(ctx, method, at+path, sent)
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if s.Key != "" {
		q.Header.Set("Idempotency-Key", s.Key)
	}
	if s.Op == "press" {
		q.Header.Set("If-Match", fmt.Sprintf(`"%d"`, s.Seq))
	}
	switch {
	case s.Who != "":
		q.Header.Set("Authorization", "Bearer "+l.tokens[s.Who])
	case s.Op != "file":
		q.Header.Set("X-Jishi-Number", s.Number)
		q.Header.Set("X-Jishi-Code", s.Code)
	}
	a, err := l.client.Do(q)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header.Get("ETag"), text}, err
}

// signIn gets a token for everybody who acts.
func (l *Load) signIn(ctx context.Context) error {
	l.tokens = map[string]string{}
	for life := range 4 {
		for _, p := range ladder(life) {
			for _, who := range []string{p.who, second[p.who]} {
				if who == "" || l.tokens[who] != "" {
					continue
				}
				token, err := roleToken(ctx, l.client, l.At[0], who)
				if err != nil {
					return fmt.Errorf("bench: %s cannot sign in at %s: %w", who, l.At[0], err)
				}
				l.tokens[who] = token
			}
		}
	}
	return nil
}

// roleToken signs in at a demonstration as the role and makes a token of that role; for a year, because clocks jump.
func roleToken(ctx context.Context, client *http.Client, at, role string) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, at+"/demo/sign-in", strings.NewReader("as="+role))
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := client.Do(q)
	if err != nil {
		return "", err
	}
	a.Body.Close()
	if len(a.Cookies()) == 0 {
		return "", fmt.Errorf("no session (%s): the load needs a demonstration", a.Status)
	}
	q, err = http.NewRequestWithContext(ctx, http.MethodPost, at+"/api/v1/tokens", strings.NewReader(`{"name":"load","scopes":["matters:read","matters:write"],"days":365}`))
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", "application/json")
	for _, c := range a.Cookies() {
		q.AddCookie(c)
	}
	if a, err = client.Do(q); err != nil {
		return "", err
	}
	defer a.Body.Close()
	var made struct{ Token string }
	if err := json.NewDecoder(a.Body).Decode(&made); err != nil || made.Token == "" {
		return "", fmt.Errorf("no token (%s)", a.Status)
	}
	return made.Token, nil
}
