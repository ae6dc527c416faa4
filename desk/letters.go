package desk

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/paper"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Paper is a letter of the matter ready for the page, the printer, PDF or DOCX. The reader must be able to see
// the matter. The citizen reads it with their own name; an officer with the masked one, unless their body handles the
// matter and a reason for a look is given, which is then recorded.
func (d *Desk) Paper(ctx context.Context, who actor.Actor, id, letter, reason string) (paper.Doc, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return paper.Doc{}, err
	}
	l, ok := m.Letter(letter)
	if !ok {
		return paper.Doc{}, matter.NotFound()
	}
	if reason != "" && who.Kind == actor.Staff && !d.mayLook(who, m) {
		return paper.Doc{}, notHandling()
	}
	name, err := d.addressee(ctx, who, m, reason)
	if err != nil {
		return paper.Doc{}, err
	}
	return d.signed(ctx, who, m, d.paper(who, m, l, name), reason)
}

// Draft shows what a letter would say before the action is taken; nothing is written and no number used.
func (d *Desk) Draft(ctx context.Context, who actor.Actor, id string, press Press) (paper.Doc, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return paper.Doc{}, err
	}
	with := clone(press.With)
	for name := range givenPeople(press.People) {
		with[name] = "named"
	}
	c, _, err := d.Matters.Decide(m, matter.Press{Action: press.Action, With: with, By: who, At: d.Now()})
	if err != nil {
		return paper.Doc{}, err
	}
	name, err := d.addressee(ctx, who, m, "")
	if err != nil || len(c.Letters) == 0 {
		return paper.Doc{}, err
	}
	return d.signed(ctx, who, m, d.paper(who, m, c.Letters[len(c.Letters)-1], name), "")
}

// signed fills in who the parties are where a letter names them. Each of them reads the others' names, for they
// agree with one another; an officer reads masked ones without a reason.
func (d *Desk) signed(ctx context.Context, who actor.Actor, m *matter.Matter, doc paper.Doc, reason string) (paper.Doc, error) {
	at := slices.IndexFunc(doc.Body, func(b paper.Block) bool { return b == paper.Paragraph{Text: "{parties}"} })
	if at < 0 {
		return doc, nil
	}
	if who.Kind == actor.Citizen {
		reason = "文书载明各方当事人"
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return doc, err
	}
	var lines []paper.Block
	for _, relation := range slices.Sorted(maps.Keys(m.Parties)) {
		if !p.Relations[relation].Apart {
			continue
		}
		for _, party := range m.Parties[relation] {
			name, err := d.named(ctx, who, m, party.Person, reason)
			if err != nil {
				return doc, err
			}
			lines = append(lines, paper.Paragraph{Text: p.Relations[relation].Title + "：" + name})
		}
	}
	doc.Body = slices.Replace(doc.Body, at, at+1, lines...)
	return doc, nil
}

// named is the full name where there is a reason to read it, which is then recorded, else the masked one.
func (d *Desk) named(ctx context.Context, who actor.Actor, m *matter.Matter, ref, reason string) (string, error) {
	if reason == "" {
		masked, err := d.masked(ctx, ref)
		return masked.Name, err
	}
	full, err := d.open(ctx, who, m, ref, reason)
	return full.Name, err
}

func (d *Desk) addressee(ctx context.Context, who actor.Actor, m *matter.Matter, reason string) (string, error) {
	ref := ownRef(who, m)
	if ref == "" {
		return "信访人", nil
	}
	if who.Kind == actor.Citizen || reason != "" {
		if who.Kind == actor.Citizen {
			reason = "本人阅读自己的文书"
		}
		full, err := d.open(ctx, who, m, ref, reason)
		if erased(err) {
			return "信访人", nil
		}
		return full.Name, err
	}
	masked, err := d.masked(ctx, ref)
	return masked.Name, err
}

func (d *Desk) paper(who actor.Actor, m *matter.Matter, l matter.Letter, name string) paper.Doc {
	t, _ := d.Book.Letter(l.Kind, d.Profile)
	day := calendar.DayOf(time.UnixMilli(l.At))
	doc := paper.Doc{Issuer: d.Body(l.Org).Name, Head: t.Head, Title: t.Title, To: name + "：", Sign: d.Body(l.Org).Name, Day: day, Number: l.Number}
	if p, err := d.Book.ByKey(m.Version); err == nil && t.To != p.Submitter() && t.To != "" {
		doc.To = d.Offices.Tree().Name(m.Org(t.To)) + "："
	}
	for _, text := range l.Text {
		if who.Kind == actor.Staff && !d.readsAll(who, m) { // a party reads what the offices wrote to them
			text = d.bare(text)
		}
		text = strings.ReplaceAll(text, "{petitioner}", name)
		if heading(text) {
			doc.Body = append(doc.Body, paper.Heading{Level: 1, Text: text})
		} else {
			doc.Body = append(doc.Body, paper.Paragraph{Text: text})
		}
	}
	return doc
}

// heading: a short line that begins with a Chinese ordinal, 一、
func heading(s string) bool {
	r := []rune(s)
	return len(r) > 2 && len(r) < 20 && strings.ContainsRune("一二三四五六七八九", r[0]) && r[1] == '、'
}
