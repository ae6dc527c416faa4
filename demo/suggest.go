package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// suggestFile is what content/suggestions.yaml holds.
type suggestFile struct {
	Calls       []topic      `yaml:"calls"`
	Suggestions []suggestion `yaml:"suggestions"`
}

type topic struct {
	ID          string   `yaml:"id"`
	Organ       string   `yaml:"organ"`
	Class       string   `yaml:"class"`
	Title       string   `yaml:"title"`
	Explanation string   `yaml:"explanation"`
	How         string   `yaml:"how"`
	Days        int      `yaml:"days"`
	Since       int      `yaml:"since"` // days since it was published
	Outcome     string   `yaml:"outcome"`
	Updates     []string `yaml:"updates"`
}

type suggestion struct {
	ID          string   `yaml:"id"`
	Call        string   `yaml:"call"`
	Title       string   `yaml:"title"`
	What        string   `yaml:"what"`
	Wants       string   `yaml:"wants"`
	Kind        string   `yaml:"kind"`
	At          string   `yaml:"at"`
	To          string   `yaml:"to"`    // the competent body
	End         string   `yaml:"end"`   // state in which it stands today
	Since       int      `yaml:"since"` // days since the last step
	Competent   string   `yaml:"competent"`
	Reported    string   `yaml:"reported"`
	Adoption    string   `yaml:"adoption"`
	Refusal     string   `yaml:"refusal"`
	Grounds     string   `yaml:"grounds"`
	Measures    string   `yaml:"measures"`
	Progress    []string `yaml:"progress"`
	Conversion  string   `yaml:"conversion"`
	Changed     string   `yaml:"changed"`
	Thanks      string   `yaml:"thanks"`
	Why         string   `yaml:"why"`
	Routes      string   `yaml:"routes"`
	Destination string   `yaml:"destination"`
	Credit      string   `yaml:"credit"` // asked, verified
	Hidden      bool     `yaml:"hidden"` // not public yet
	Urgent      bool     `yaml:"urgent"`
	Joined      []string `yaml:"joined"` // titles of those that joined it
}

// pace is how many days before the step after it an act was taken; an act that is not named was taken on the same day.
var pace = map[string]int{"adopt": 5, "decline": 5, "study": 8, "accept": 2, "receive": 1, "register": 1, "convert": 3, "progress": 14, "reply": 20,
	"answered": 2, "unsuitable": 2, "redirect": 2, "give-up": 4, "to-petition": 1, "withdraw": 2}

// act is one thing that happens to a call or a suggestion of the demonstration.
type act struct {
	who  string // an officer, or citizen
	do   string
	with map[string]string
}

// acts are the steps of a suggestion, from its registration to where it stands.
func (s suggestion) acts(receiver string) []act {
	chief := s.To + "-officer"
	var list []act
	add := func(who, do string, with map[string]string) { list = append(list, act{who, do, with}) }
	reached := func(states ...string) bool { return slices.Contains(states, s.End) }
	if reached("received") {
		return nil
	}
	if reached("withdrawn") {
		add("citizen", "withdraw", w{"reason": "写得太笼统，想清楚再提。"})
		return list
	}
	add(receiver, "register", w{"suggestion-kind": s.Kind})
	switch s.End {
	case "registered":
		return list
	case "redirected":
		add(receiver, "redirect", w{"destination": s.Destination, "reason": s.Why})
		return list
	case "unsuitable", "turned", "unsuitable-legal":
		do := strings.Replace(s.End, "turned", "unsuitable", 1)
		add(receiver, do, w{"reason": s.Why, "routes": s.Routes})
		if s.End == "turned" {
			add("citizen", "to-petition", w{"bureau": "county-petition"})
		}
		return list
	}
	switch {
	case strings.HasPrefix(receiver, s.To+"-"):
		add(chief, "keep", w{"competent": s.Competent})
	default:
		add(receiver, "forward", w{"target": s.To, "reason": "这件事归这个单位管。"})
		if reached("forwarded") {
			return list
		}
		add(chief, "receive", w{})
		if reached("at-handler") {
			return list
		}
		add(chief, "accept", w{"competent": s.Competent})
	}
	if s.Competent != "" {
		add(chief, "invite", w{"targets": s.Competent})
		add(s.Competent+"-officer", "opine", w{"opinion": "涉及我们的部分，我们到现场看过，能配合。"})
	}
	if !s.Hidden {
		add(chief, "publish", w{"public-title": s.Title, "public-text": s.What + "\n" + s.Wants})
	}
	if s.Credit == "verified" {
		add(chief, "verify-author", w{"verified_how": "call"})
	}
	if s.Reported != "" {
		add(chief, "report", w{"targets": s.Reported, "reason": "涉及明年的线路安排，请县政府一并考虑。"})
	}
	return append(list, s.decided(chief)...)
}

// decided are the steps from the study to the end.
func (s suggestion) decided(chief string) (list []act) {
	add := func(do string, with map[string]string) { list = append(list, act{chief, do, with}) }
	if s.End == "studying" {
		add("study", w{"how": "visit", "held_on": "today", "record": "到现场看了一次，问了附近的七八个人。", "present": "yes"})
		return list
	}
	add("study", w{"how": "seminar", "held_on": "today", "record": "请有关科室和两位居民代表座谈，逐条对了一遍。"})
	if s.Refusal != "" {
		add("decline", w{"refusal": s.Refusal, "grounds": s.Grounds})
		add("reply-declined", w{"reply_how": "net"})
		return list
	}
	add("adopt", w{"adoption": s.Adoption, "grounds": s.Grounds, "measures": s.Measures})
	if s.End == "adopted" {
		return list
	}
	add("reply", w{"reply_how": "call", "measures": s.Measures})
	for _, text := range s.Progress {
		add("progress", w{"progress": text})
	}
	switch s.End {
	case "converted":
		add("convert", w{"conversion": s.Conversion, "changed": s.Changed, "changed_on": "today"})
		if s.Thanks != "" {
			add("reward", w{"thanks": s.Thanks, "thanked_on": "today"})
		}
	case "not-carried-out":
		add("give-up", w{"reason": s.Why})
	}
	return list
}

// suggesting is the agenda of calls and suggestions: each dated back from its last step.
type suggesting struct {
	f     *filler
	calls map[string]string // number of a call by its ID in the content
	dues  []due
}

// suggestions dates what the content tells; the acts themselves happen in filler.live, among all others.
func (f *filler) suggestions() []due {
	x := &suggesting{f: f, calls: map[string]string{}}
	published := map[string]calendar.Day{}
	for i, c := range f.c.suggest.Calls {
		published[c.ID] = x.call(i, c)
	}
	for i, s := range f.c.suggest.Suggestions {
		x.suggestion(i, s, published)
	}
	return x.dues
}

// at is a time of the day at which offices work, a different one for each, never in the future.
func (x *suggesting) at(day calendar.Day, i, step int, office bool) time.Time {
	for office && !x.f.d.Calendar().Workday(day) {
		day = day.Add(-1)
	}
	at := day.Start().Add(9*time.Hour + time.Duration((i*37+step*11)%400)*time.Minute + time.Duration(step)*time.Second)
	if at.After(x.f.now) {
		at = x.f.now.Add(-time.Duration(120-step) * time.Minute)
	}
	return at
}

func (x *suggesting) add(at time.Time, i, step int, do func(context.Context) error) {
	x.dues = append(x.dues, due{at, 1_000_000 + i, step, do})
}

func (x *suggesting) call(i int, c topic) calendar.Day {
	day := calendar.DayOf(x.f.now).Add(-c.Since)
	open := x.at(day, i, 0, true)
	var id string
	officer := c.Organ + "-officer"
	x.add(open, i, 0, func(ctx context.Context) error {
		who, err := x.f.officer(ctx, officer)
		if err != nil {
			return err
		}
		r, err := x.f.d.File(ctx, who, desk.Filing{Procedure: "suggestion-call", Token: "demo-call-" + c.ID, Class: c.Class, With: w{"title": c.Title, "explanation": c.Explanation}, Body: c.Organ})
		if err != nil {
			return fmt.Errorf("call %s: %w", c.ID, err)
		}
		id, x.calls[c.ID] = r.ID, r.Number
		return x.f.press(ctx, who, id, "publish", w{"how": c.How, "period": fmt.Sprintf("%d日", c.Days)})
	})
	if c.Outcome == "" {
		return calendar.DayOf(open)
	}
	for n, text := range append([]string{c.Outcome}, c.Updates...) {
		day := calendar.DayOf(open).Add(c.Days + 16 + 40*n)
		x.add(x.at(day, i, 1+n, false), i, 1+n, func(ctx context.Context) error {
			who, err := x.f.officer(ctx, officer)
			if err != nil {
				return err
			}
			if n == 0 {
				return x.f.press(ctx, who, id, "tell", w{"outcome": text})
			}
			return x.f.press(ctx, who, id, "update", w{"progress": text})
		})
	}
	return calendar.DayOf(open)
}

func (x *suggesting) suggestion(i int, s suggestion, published map[string]calendar.Day) {
	receiver := "county-petition-registrar"
	if s.Call != "" || s.End == "registered" && !s.Hidden || s.End == "unsuitable" || s.End == "redirected" {
		receiver = s.To + "-officer"
	}
	if s.End == "turned" || s.Call == "" && s.End != "unsuitable" && s.End != "redirected" {
		receiver = "county-petition-registrar"
	}
	acts := s.acts(receiver)
	days := make([]calendar.Day, len(acts)+1)
	day := calendar.DayOf(x.f.now).Add(-s.Since)
	for n := len(acts); n >= 0; n-- {
		days[n] = day
		if n > 0 {
			day = day.Add(-pace[acts[n-1].do])
		}
	}
	if first, ok := published[s.Call]; ok { // it answers the call, so it came while that was open
		days[0] = max(min(days[0], first.Add(15)), first.Add(1))
	}
	for n := 1; n < len(days); n++ {
		days[n] = max(days[n], days[n-1])
	}
	var id, number, code string
	filed := x.at(days[0], i, 0, false)
	x.add(filed, i, 0, func(ctx context.Context) (err error) {
		id, number, code, err = x.file(ctx, i, s, receiver)
		return err
	})
	last := filed
	for n, a := range acts {
		at := x.at(days[n+1], i, n+1, a.who != "citizen")
		if !at.After(last) {
			at = last.Add(7 * time.Minute)
		}
		last = at
		x.add(at, i, n+1, func(ctx context.Context) error { return x.act(ctx, s, a, id, number, code) })
	}
	for n, title := range s.Joined {
		x.add(x.at(days[len(days)-1], i, 30+n, false).Add(time.Duration(n+1)*time.Minute), i, 100+n, func(ctx context.Context) error {
			joined := s
			joined.Title, joined.Joined, joined.Credit = title, nil, ""
			_, _, _, err := x.bring(ctx, i+500+n, joined, "county-petition", w{"linked": number, "join": "yes"})
			return err
		})
	}
}

func (x *suggesting) file(ctx context.Context, i int, s suggestion, receiver string) (id, number, code string, err error) {
	more := w{}
	body := strings.TrimSuffix(strings.TrimSuffix(receiver, "-officer"), "-registrar")
	if s.Call != "" {
		more["linked"] = x.calls[s.Call]
	}
	if s.Credit != "" {
		more["credit"] = "yes"
	}
	if s.Urgent {
		more["urgent"] = "yes"
	}
	return x.bring(ctx, i, s, body, more)
}

func (x *suggesting) bring(ctx context.Context, i int, s suggestion, body string, more map[string]string) (id, number, code string, err error) {
	with := w{"title": s.Title, "what": s.What, "wants": s.Wants, "suggestion-kind": s.Kind, "wants-reply": "yes"}
	if s.At != "" {
		_, with["place"] = x.f.land.place(s.At)
	}
	for name, value := range more {
		with[name] = value
	}
	r, err := x.f.d.File(ctx, actor.Nobody(words.ZH), desk.Filing{Procedure: "suggestion", Token: fmt.Sprintf("demo-suggestion-%d", i), Channel: "net",
		With: with, Who: Citizen(4000+i, ""), Body: body})
	if err != nil {
		return "", "", "", fmt.Errorf("suggestion %s: %w", s.ID, err)
	}
	return r.ID, r.Number, r.Code, nil
}

func (x *suggesting) act(ctx context.Context, s suggestion, a act, id, number, code string) error {
	var who actor.Actor
	var err error
	if a.who == "citizen" {
		who, err = x.f.d.Enter(ctx, number, code, "", words.ZH)
	} else {
		who, err = x.f.officer(ctx, a.who)
	}
	if err != nil {
		return err
	}
	with := w{}
	for name, value := range a.with {
		if value == "today" {
			value = string(calendar.DayOf(x.f.clock))
		}
		if value != "" {
			with[name] = value
		}
	}
	if err := x.f.press(ctx, who, id, a.do, with); err != nil {
		return fmt.Errorf("suggestion %s, %s: %w", s.ID, a.do, err)
	}
	return nil
}
