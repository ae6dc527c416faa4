package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Form is what bringing in a matter of a procedure asks for.
type Form struct {
	Procedure, Title, En string // of the procedure
	Act, ActEn           string // what the button says: 吹哨
	Cite                 string
	Grade                procedure.Grade
	Classes              []Choice
	Channels             []Choice // ways that an officer enters for somebody; none where officers act for themselves
	Fields               []Field
	Named                bool     // whoever brings it in says who they are
	Anonymous            bool     // or need not
	Against              bool     // somebody may be complained of
	Receives             []string // kinds of body that it is brought to, where it is not the acting one
}

// carried are the fields of an opening that a Filing carries by other names, or that the desk fills in itself.
var carried = []string{"class", "channel", "target", "anonymous", "joint", "against", "against-person"}

// Forms are the procedures in force of which the actor may bring in a matter, in the order of the rules.
func (d *Desk) Forms(who actor.Actor) []Form {
	var list []Form
	for _, p := range d.Book.Procedures() {
		if f, err := d.Form(who, p.ID); err == nil && p.From <= d.Today() && (p.To == "" || d.Today() <= p.To) {
			list = append(list, f)
		}
	}
	return list
}

// Form is what bringing in a matter of the procedure asks of the actor. It refuses who may not.
func (d *Desk) Form(who actor.Actor, id string) (Form, error) {
	p, err := d.Book.Procedure(id, d.Today(), d.Profile)
	if err != nil {
		return Form{}, words.Refuse(words.NotFound, "no-such-procedure", "没有“{id}”这类事项。", "id", id)
	}
	m := d.blank(p)
	if slices.Equal(p.Open.By, []string{"system"}) || !comesToSomebody(p) || !d.Matters.May(who, m, p.Open.By) {
		return Form{}, words.Refuse(words.Forbidden, "not-yours", "您现在的身份不能提出这类事项。")
	}
	if err := d.Matters.MayInitiate(who, p); err != nil {
		return Form{}, err
	}
	if who.Kind == actor.Staff && p.Submitter() != "" && !who.HasAny(actor.Register) {
		return Form{}, words.Refuse(words.Forbidden, "not-a-clerk", "来信、来电、来访须由有登记职责的工作人员录入。")
	}
	asked := slices.Concat(p.Open.Needs, p.Open.Asks)
	f := Form{Procedure: p.ID, Title: p.Title, En: p.En, Act: p.Open.Title, ActEn: p.Open.En, Cite: p.Cite(p.Open.Cite), Grade: p.Open.Grade,
		Named: p.Submitter() != "", Receives: p.Open.Receives, Anonymous: slices.Contains(asked, "anonymous"), Against: slices.Contains(asked, "against")}
	for _, id := range p.ClassIDs() {
		c := p.Classes[id]
		if !d.Matters.MayClass(who, m, id) {
			continue
		}
		f.Classes = append(f.Classes, Choice{Value: id, Title: c.Title, En: c.En})
	}
	for _, id := range p.Open.Channels {
		if who.Kind == actor.Staff && f.Named && id != "net" && id != "system" {
			o := p.Fields["channel"].Options[id]
			f.Channels = append(f.Channels, Choice{Value: id, Title: cmp.Or(o.Title, id), En: cmp.Or(o.En, id)})
		}
	}
	for _, name := range asked {
		rule := p.Fields[name]
		if slices.Contains(carried, name) || rule.Secret || !rule.Asked() || who.Kind != actor.Staff && slices.Contains(foundOut, name) {
			continue
		}
		q := Field{Name: name, Required: slices.Contains(p.Open.Needs, name), Field: rule}
		if name == "place" && who.Kind != actor.Staff && byPlace(p) {
			q.Required = true
		}
		d.offer(who, p, m, &q, d.bodiesOnce(who, m))
		f.Fields = append(f.Fields, q)
	}
	return f, nil
}

// foundOut is what only whoever takes a matter in can say of it, after asking: no party speaks for the other one
// (人民调解法第十七条), and nobody writes off the notice that is owed to them.
var foundOut = []string{"consent-b", "asked_how", "letter-of-reference", "address-unclear"}

// byPlace: who takes the matter in follows from the place, and the procedure's own pages do not ask for it.
func byPlace(p *procedure.Procedure) bool { return p.ID != Petition && len(p.Open.Receives) > 0 }

// comesToSomebody: the opening itself says who holds the matter; where it does not, only another matter can bring it about.
func comesToSomebody(p *procedure.Procedure) bool {
	holder := p.States[p.Open.To].Holder
	source := p.Open.Sets[holder]
	return p.Relations[holder].Kind != "org" || source != "" && !strings.HasPrefix(source, "from:")
}

// blank is a matter of the procedure that is not there yet.
func (d *Desk) blank(p *procedure.Procedure) *matter.Matter {
	return &matter.Matter{Procedure: p.ID, Version: p.Key(), State: p.Open.To, Opened: d.Now().UnixMilli(),
		Fields: map[string]string{}, Parties: map[string][]matter.Party{}, Flags: map[string]string{}}
}

// Prefill is what a matter that the actor may see already says under the fields of the form, so that nothing is
// typed twice; nothing when there is no such matter.
func (d *Desk) Prefill(ctx context.Context, who actor.Actor, f Form, number string) (map[string]string, error) {
	m, err := d.Matters.ByNumber(ctx, d.DB, strings.TrimSpace(number))
	if errors.Is(err, db.ErrNotFound) || err == nil && !d.Matters.Sees(who, m) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	said := map[string]string{}
	for _, q := range f.Fields {
		said[q.Name] = m.Fields[q.Name]
		if who.Kind == actor.Staff { // what is handed on goes without numbers
			said[q.Name] = d.bare(said[q.Name])
		}
		if q.Type == "matter" {
			said[q.Name] = m.Number
		}
	}
	return said, nil
}
