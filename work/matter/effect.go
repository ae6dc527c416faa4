package matter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/work/procedure"
)

// effects applies each named act: what concerns this matter goes into c, what concerns another is returned.
func (e *Engine) effects(m *Matter, p *procedure.Procedure, effects []procedure.Effect, press Press, c *Change) []Follow {
	var follows []Follow
	for _, f := range effects {
		if flag, ok := strings.CutPrefix(f.When, "flag:"); ok && m.Flags[flag] == "" || f.When != "" && !ok && press.With[f.When] != "yes" {
			continue
		}
		if f.Recent != "" && !recently(m, f, press) || f.Running != "" && !running(f, press.Linked, press.At) {
			continue
		}
		switch f.Name {
		case "flag":
			if f.Entries != "" {
				flagEntry(m, f, press, c)
				continue
			}
			if day := press.With[f.Day]; f.Day == "" || day != "" {
				c.Flags[f.Arg] = or(day, string(calendar.DayOf(press.At)))
			}
		case "unflag":
			c.Flags[f.Arg] = ""
			for flag := range m.Flags {
				if f.Entries != "" && strings.HasPrefix(flag, f.Arg+":") {
					c.Flags[flag] = ""
				}
			}
		case "evaluate":
			c.Flags["evaluate"] = string(calendar.DayOf(press.At))
		case "classify":
			c.Class = press.With["class"]
			c.Seal = p.Classes[c.Class].Sealed
		case "recuse":
			persons := []Party{{Person: press.With["person"]}}
			if f.Arg != "" {
				persons = m.Parties[f.Arg]
			}
			for _, party := range persons {
				c.Flags["recused:"+party.Person] = string(calendar.DayOf(press.At))
			}
		case "set-aside":
			for _, field := range []string{"opinion", "reasons", "facts"} {
				if was := m.Fields[field]; was != "" {
					c.With["set-aside-"+field] = was
				}
			}
		case "serve":
			e.serve(m, press, c)
		case "link":
			if press.Linked != nil {
				c.Links = append(c.Links, Link{Kind: or(f.Arg, "related"), Matter: press.Linked.ID, Number: press.Linked.Number})
			}
		case "set-clock":
			e.setClock(m, p, f.Arg, press, c)
		case "rename": // the field "title" is the title; that it was said again is the renaming
		default:
			follows = append(follows, Follow{Effect: f, Ground: or(press.With["trigger"], f.Arg), Against: m.Org(or(f.Against, "handler"))})
		}
	}
	return follows
}

// flagEntry marks one of those who brought the matter in: the one that is named, or the first who is left.
func flagEntry(m *Matter, f procedure.Effect, press Press, c *Change) {
	entry := press.With[f.Entries]
	if left := m.entriesLeft(f.Arg); entry == "" && len(left) > 0 {
		entry = left[0].ID
	}
	if entry != "" {
		c.Flags[f.Arg+":"+entry] = string(calendar.DayOf(press.At))
	}
}

// entriesLeft are those who brought the matter in and do not carry the flag, in the order in which they came.
func (m *Matter) entriesLeft(flag string) []Entry {
	return slices.DeleteFunc(slices.Clone(m.Entries), func(n Entry) bool { return m.Flags[flag+":"+n.ID] != "" })
}

// since is the day from which a letter can have been served: today, when it is made; where it is only corrected, the day
// on which it was first made.
func since(m *Matter, kind, body string, at time.Time) calendar.Day {
	for _, was := range m.Letters {
		if was.Kind == kind && was.Org == body && m.Flags["correcting"] != "" {
			return calendar.DayOf(time.UnixMilli(was.At))
		}
	}
	return calendar.DayOf(at)
}

// servedDay refuses a day of service on which the letter was not made yet, and one that has not come: what a person may
// contest is counted from it, so that a false one would take their time away.
func servedDay(press Press, made calendar.Day) *words.Refusal {
	r := words.Refuse(words.Invalid, "served-day", "送达日期不对。").Try("送达日期是收到文书的那一天；还没有送到的先不填，送到以后补记。")
	switch day := calendar.Day(press.With["served_on"]); {
	case day == "":
		return nil
	case day > calendar.DayOf(press.At):
		return r.At("served_on", "这一天还没有到，现在还不能说已经送达。")
	case day < made:
		return r.At("served_on", "文书是{day}作出的，送达不会早于这一天。", "day", string(made))
	}
	return nil
}

// serve records how the latest letter reached its reader; without a letter of its own the action serves the last one.
func (e *Engine) serve(m *Matter, press Press, c *Change) {
	if len(m.Letters) == 0 || press.With["served_on"] == "" || e.rules(m).Actions[press.Action].Letter != "" {
		return
	}
	l := m.Letters[len(m.Letters)-1]
	l.ServedOn = calendar.Day(press.With["served_on"])
	l.How, l.Proof = press.With["served_how"], press.With["served_proof"]
	c.Letters = append(c.Letters, l)
}

func (e *Engine) setClock(m *Matter, p *procedure.Procedure, id string, press Press, c *Change) {
	if clock, ran := m.Clock(id); ran && clock.Running() {
		clock.Limit = press.With["due_on"]
		c.Clocks = append(c.Clocks, e.compute(clock, p.Clocks[id]))
	}
}

// letter makes the document that the action serves. What it must say is checked: an opinion without its
// legal basis cannot be served.
func (e *Engine) letter(m *Matter, p *procedure.Procedure, id string, press Press, body string, c *Change) error {
	t, ok := e.Book.Letter(id, p.Profile)
	if !ok {
		return fmt.Errorf("matter: no letter %q", id)
	}
	r := words.Refuse(words.Invalid, "letter-incomplete", "{letter}还缺内容，不能送达。", "letter", words.Two{ZH: t.Title, EN: t.En}).Under(p.Cite(t.Cite))
	for _, field := range t.Needs {
		if strings.TrimSpace(or(press.With[field], m.Fields[field])) == "" {
			r.At(field, "请填写“{field}”。", "field", words.Two{ZH: p.Fields[field].Title, EN: p.Fields[field].En})
		}
	}
	if len(r.Fields) > 0 {
		return r
	}
	l := Letter{ID: fmt.Sprintf("%s-%d", id, m.Seq), Kind: id, Version: 1, Org: body, By: press.By.ID, At: press.At.UnixMilli(), With: clean(press.With)}
	for _, was := range m.Letters {
		if was.Kind == id && was.Org == body && m.Flags["correcting"] != "" {
			l.Number, l.Version = was.Number, was.Version+1
		}
	}
	if l.Number == "" && press.Letter != nil {
		n, err := press.Letter(id, body)
		if err != nil {
			return err
		}
		l.Number = n
	}
	if why := servedDay(press, since(m, id, body, press.At)); why != nil {
		return why.Under(p.Cite(t.Cite))
	}
	l.ServedOn, l.How, l.Proof = calendar.Day(press.With["served_on"]), press.With["served_how"], press.With["served_proof"]
	l.Text = e.text(m, p, t, press, body, *c)
	c.Letters = append(c.Letters, l)
	return nil
}

var placeholder = regexp.MustCompile(`\{([a-z0-9_-]+)\}`)

// text fills the template; {petitioner} and {parties} stay, because a journal keeps no names. A paragraph about a field
// that nobody filled in says nothing, and is left out.
func (e *Engine) text(m *Matter, p *procedure.Procedure, t procedure.Letter, press Press, body string, c Change) []string {
	values := e.said(m, p, press)
	maps.Copy(values, map[string]string{
		"petitioner": "{petitioner}", "parties": "{parties}", "number": m.Number, "class": p.Classes[m.Class].Title, "body": e.Offices.Tree().Name(body),
		"today": chineseDay(calendar.DayOf(press.At)), "opened": chineseDay(calendar.DayOf(time.UnixMilli(m.Opened))),
		"due": dueDay(m, p, press.Action, c)})
	if values["place"] == "" {
		values["place"] = m.Fields["address"]
	}
	var text []string
	for _, paragraph := range t.Body {
		empty := false
		filled := placeholder.ReplaceAllStringFunc(paragraph, func(name string) string {
			v := values[strings.Trim(name, "{}")]
			empty = empty || v == ""
			return v
		})
		if !empty {
			text = append(text, strings.Split(filled, "\n")...)
		}
	}
	return text
}

// said is what the matter and the press say under each field, in words.
func (e *Engine) said(m *Matter, p *procedure.Procedure, press Press) map[string]string {
	values := maps.Clone(m.Fields)
	// What this step asks for and nobody said stays unsaid: somebody else may have written under the
	// same field before, and their reasons are not this body's finding.
	a := p.Actions[press.Action]
	for _, name := range slices.Concat(a.Needs, a.Asks) {
		delete(values, name)
	}
	maps.Copy(values, clean(press.With))
	for name, value := range values {
		switch f := p.Fields[name]; f.Type {
		case "choice":
			values[name] = or(f.Options[value].Title, value)
		case "day":
			values[name] = chineseDay(calendar.Day(value))
		case "org":
			values[name] = e.Offices.Tree().Name(value)
		}
	}
	return values
}

// dueDay is the last day of the clock that the action started or extended, for the letter that tells of it.
func dueDay(m *Matter, p *procedure.Procedure, action string, c Change) string {
	if id := p.Actions[action].Extends; id != "" {
		for _, clock := range c.Clocks {
			if clock.ID == id {
				return chineseDay(clock.Day)
			}
		}
	}
	for _, clock := range c.Clocks {
		if clock.Running() && clock.Day != "" && p.Clocks[clock.ID].For != "citizen" {
			return chineseDay(clock.Day)
		}
	}
	if next, ok := m.Next(); ok {
		return chineseDay(next.Day)
	}
	return ""
}

func chineseDay(d calendar.Day) string {
	if d == "" {
		return ""
	}
	return d.Start().Format("2006年1月2日")
}
