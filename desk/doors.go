package desk

import (
	"slices"
	"strings"
	"sync"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// doors are what the reader may do now, and what people look for and cannot do now, with the reason.
func (d *Desk) doors(who actor.Actor, p *procedure.Procedure, m *matter.Matter, v *View, now time.Time) {
	bodies := d.bodiesOnce(who, m)
	v.why = func(id string) error { return d.Matters.Closed(who, m, id, now) }
	for _, id := range p.ActionIDs() {
		a := p.Actions[id]
		if slices.Equal(a.By, []string{"system"}) {
			continue
		}
		why := d.Matters.Closed(who, m, id, now)
		switch {
		case why == nil:
			v.Open = append(v.Open, d.action(who, p, m, id, bodies))
		case a.Shown && d.Matters.May(who, m, a.By) && lookedFor(why):
			v.Closed = append(v.Closed, Closed{ID: id, Title: a.Title, En: a.En, Why: why})
		}
	}
}

// Why says why the reader cannot take the action; nil when they can, and when the rules of the matter know no such action.
func (v *View) Why(action string) error {
	if _, ok := v.Procedure.Actions[action]; !ok || v.why == nil {
		return nil
	}
	return v.why(action)
}

// lookedFor: a door that was never meant for such a matter is no door, and not worth a reason.
func lookedFor(why error) bool {
	r, ok := words.AsRefusal(why)
	return ok && r.Code != "other-class" && r.Code != "not-here" && r.Code != "channel" && r.Kind == words.Closed
}

// bodiesOnce are the bodies that the matter may be sent to, ranked when they are first asked for and once for all fields
// of all actions: a page has up to a dozen that offer them.
func (d *Desk) bodiesOnce(who actor.Actor, m *matter.Matter) func() []Choice {
	return sync.OnceValue(func() []Choice { return d.SuggestBodies(who, m) })
}

func (d *Desk) action(who actor.Actor, p *procedure.Procedure, m *matter.Matter, id string, bodies func() []Choice) Action {
	a := p.Actions[id]
	v := Action{ID: id, Title: a.Title, En: a.En, Main: a.Main, Cite: p.Cite(a.Cite), Grade: a.Grade, Note: a.Note,
		Ends: p.States[a.To].Final}
	for _, name := range slices.Concat(a.Needs, a.Asks) {
		if !p.Fields[name].Asked() {
			continue
		}
		f := Field{Name: name, Required: slices.Contains(a.Needs, name), Field: p.Fields[name]}
		if above, ok := d.above(p, m, a, name); ok {
			if f.Choices = above; len(above) < 2 { // nobody is asked what is settled
				continue
			}
			f.Title, f.En, f.Value = "由哪个上一级机关办理", "Which body one level above", above[0].Value
			v.Fields = append(v.Fields, f)
			continue
		}
		d.offer(who, p, m, &f, bodies)
		if f.Type == "entry" {
			if f.Choices = entriesLeft(m, a, name); len(f.Choices) < 2 { // with one caller there is nothing to choose
				continue
			}
		}
		v.Fields = append(v.Fields, f)
	}
	if t, ok := d.Book.Letter(a.Letter, p.Profile); ok {
		v.Letter, v.LetterEn = t.Title, t.En
		for i := range v.Fields {
			v.Fields[i].Required = v.Fields[i].Required || slices.Contains(t.Needs, v.Fields[i].Name)
		}
	}
	return v
}

// above are the bodies one level above, where the action goes to one of them: the target is one of these and no other.
func (d *Desk) above(p *procedure.Procedure, m *matter.Matter, a procedure.Action, field string) ([]Choice, bool) {
	for _, source := range a.Sets {
		relation, ok := strings.CutPrefix(source, "above:")
		if !ok || field != "target" {
			continue
		}
		var list []Choice
		for _, id := range d.Offices.Tree().ReviewSuperior(m.Org(relation)) {
			if o, ok := d.Offices.Tree().Get(id); ok && !d.Matters.Denies(m, id) {
				list = append(list, Choice{Value: id, Title: o.Name, En: o.En})
			}
		}
		return list, true
	}
	return nil, false
}

// entriesLeft are those who brought the matter in for whom the step was not taken yet, by number and time.
func entriesLeft(m *matter.Matter, a procedure.Action, field string) []Choice {
	var list []Choice
	for _, n := range m.Entries {
		done := slices.ContainsFunc(a.Effects, func(e procedure.Effect) bool { return e.Entries == field && m.Flags[e.Arg+":"+n.ID] != "" })
		if at := time.UnixMilli(n.At).In(calendar.Zone).Format("2006-01-02 15:04"); !done {
			list = append(list, Choice{Value: n.ID, Title: n.Number + " · " + at})
		}
	}
	return list
}

// offer fills in what is known and the choices that a field has, the likeliest first.
func (d *Desk) offer(who actor.Actor, p *procedure.Procedure, m *matter.Matter, f *Field, bodies func() []Choice) {
	switch f.Type {
	case "choice":
		order := f.Order
		if len(order) == 0 {
			for id := range f.Options {
				order = append(order, id)
			}
			slices.Sort(order)
		}
		for _, id := range order {
			f.Choices = append(f.Choices, Choice{Value: id, Title: f.Options[id].Title, En: f.Options[id].En})
		}
	case "org":
		if len(f.Kinds) > 0 {
			f.Choices = d.suggestOf(who, m, f.Kinds)
		} else {
			f.Choices = bodies()
		}
	case "person":
		for _, o := range d.Offices.Staff(who.Acting) {
			if slices.Contains(o.Powers, actor.Handle) || slices.Contains(o.Powers, actor.Discipline) {
				f.Choices = append(f.Choices, Choice{Value: o.ID, Title: o.Name + "（" + o.Title + "）"})
			}
		}
	}
	if slices.Contains(slices.Concat(p.Open.Needs, p.Open.Asks), f.Name) && f.Type != "text" { // facts of the matter are not typed twice
		f.Value = m.Fields[f.Name]
	}
	if f.Name == "class" {
		f.Value = m.Class
	}
	if f.Name == "title" {
		f.Value = m.Fields["title"]
	}
	var offered []string
	for _, other := range f.Offers {
		if said := m.Fields[other]; said != "" {
			offered = append(offered, said)
		}
	}
	if len(offered) > 0 {
		f.Value = strings.Join(offered, "\n")
	}
	if f.Type == "org" && f.Required && len(f.Choices) == 1 && len(f.Kinds) > 0 { // there is nothing to choose
		f.Value = f.Choices[0].Value
	}
}

// SuggestBodies are the bodies that a matter may be sent to, the likeliest first and why: a body named in the
// text, a body of a line whose words the text uses, then those of the same place, then of places inside it.
// A denied party is never among them; that it is missing tells only whoever may see the matter.
func (d *Desk) SuggestBodies(who actor.Actor, m *matter.Matter) []Choice {
	tree := d.Offices.Tree()
	own, _ := tree.Get(who.Acting)
	area := division.Prefix(own.Division)
	return d.suggest(own, m, func(o org.Org) bool {
		return strings.HasPrefix(o.Division, area) || slices.Contains(tree.ReviewSuperior(own.ID), o.ID)
	})
}

// suggestOf are, of the kinds that a field takes, those of the acting body's county, its own place first, and at the
// end those of the places above: the rules say which of them may be chosen.
func (d *Desk) suggestOf(who actor.Actor, m *matter.Matter, kinds []string) []Choice {
	own, ok := d.Offices.Tree().Get(who.Acting)
	if !ok { // a citizen chooses among those near the body that took the matter in
		own, _ = d.Offices.Tree().Get(m.Org("receiver"))
		own.ID = ""
	}
	county := own.Division[:min(6, len(own.Division))]
	near := d.suggest(own, m, func(o org.Org) bool {
		return slices.Contains(kinds, string(o.Kind)) && strings.HasPrefix(o.Division, county)
	})
	return append(near, d.suggest(own, m, func(o org.Org) bool {
		return slices.Contains(kinds, string(o.Kind)) && !strings.HasPrefix(o.Division, county) && strings.HasPrefix(own.Division, division.Prefix(o.Division))
	})...)
}

// suggest ranks the bodies that fit.
func (d *Desk) suggest(own org.Org, m *matter.Matter, fits func(org.Org) bool) []Choice {
	tree := d.Offices.Tree()
	text := m.Fields["title"] + m.Fields["what"] + m.Fields["wants"]
	listed := d.listed(m)
	type ranked struct {
		Choice
		rank int
	}
	var list []ranked
	for _, o := range tree.All() {
		if o.ID == own.ID || o.To != "" || !fits(o) || d.Matters.Denies(m, o.ID) {
			continue
		}
		c := ranked{Choice: Choice{Value: o.ID, Title: o.Name, En: o.En}, rank: 4}
		near := 0 // of two bodies of one line the one of the place comes first
		if at := m.Fields["place"]; at != "" && strings.HasPrefix(at, division.Prefix(o.Division)) && o.Level != org.City && o.Level != org.Province {
			near = 1
		}
		switch {
		case slices.Contains(listed.Lines, o.Line) && o.Line != "":
			c.rank, c.Why, c.WhyEn = 1-near, "派单目录：“"+listed.Title+"”", "by the catalogue: "+listed.En
		case strings.Contains(text, o.Name) || strings.Contains(text, o.Label()):
			c.rank, c.Why, c.WhyEn = 1, "诉求中提到了这个机关", "named in the text"
		case d.lineWord(o, text) != "":
			c.rank, c.Why, c.WhyEn = 2, "诉求中提到“"+d.lineWord(o, text)+"”", "the text says “"+d.lineWord(o, text)+"”"
		case o.Kind == org.StreetTownship && m.Fields["place"] != "" && strings.HasPrefix(m.Fields["place"], division.Prefix(o.Division)):
			c.rank, c.Why, c.WhyEn = 3, "事情发生在它的辖区", "it happened in its area"
		case o.Division != own.Division:
			c.rank = 5
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return a.rank - b.rank })
	choices := make([]Choice, len(list))
	for i, c := range list {
		choices[i] = c.Choice
	}
	return choices
}

// listed is what the catalogue says of the subject that the matter names: nothing where no profile has one.
func (d *Desk) listed(m *matter.Matter) procedure.Option {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return procedure.Option{}
	}
	for name, f := range p.Fields {
		if o, ok := f.Options[m.Fields[name]]; ok && len(o.Lines) > 0 {
			return o
		}
	}
	return procedure.Option{}
}

// lineWord is the first word of the body's line of work that the text uses.
func (d *Desk) lineWord(o org.Org, text string) string {
	for _, word := range d.lineWords()[o.Line] {
		if strings.Contains(text, word) {
			return word
		}
	}
	return ""
}
