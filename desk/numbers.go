package desk

import (
	"maps"
	"slices"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Number is a number in the texts of a matter by which somebody can be found, and where it stands.
type Number struct {
	Where words.Two
	vault.Number
}

// mostNumbers are named on a page; more make nobody wiser.
const mostNumbers = 10

// bare is a text for a door through which many read it or nobody looks before it leaves: without numbers for everybody.
func (d *Desk) bare(text string) string { return vault.WithoutNumbers(text, d.Today()) }

// readsAll: the actor reads the numbers in what was said in the matter, because they may open the identity, or because
// they brought the matter in. It is the one answer for pages, letters and files.
func (d *Desk) readsAll(who actor.Actor, m *matter.Matter) bool {
	switch who.Kind {
	case actor.Staff:
		return d.mayLook(who, m)
	case actor.Citizen:
		first := ""
		if len(m.Entries) > 0 {
			first = m.Entries[0].Person
		}
		return first == "" && who.Person == "" || slices.Contains(who.Persons(), first)
	}
	return true
}

// wall names to an officer the numbers in what is said in a matter, and makes them unreadable to one whose body does not
// handle it: who may not open the identity does not find it in a text, a note or the name of a file either. Of citizens
// each reads their own words and those of the offices; the words of another, of whoever brought the matter in or of the
// other side of a quarrel, without numbers. What is kept is not touched. It stands where every page and every interface
// reads a matter, so that no step can go around it.
func (d *Desk) wall(who actor.Actor, m *matter.Matter, v *View) {
	mask, today := !d.readsAll(who, m), d.Today()
	look := func(zh, en string, text *string) {
		for _, n := range vault.Numbers(*text, today) {
			found := Number{words.Two{ZH: zh, EN: en}, n}
			if who.Kind == actor.Staff && len(v.Numbers) < mostNumbers && !slices.Contains(v.Numbers, found) {
				v.Numbers = append(v.Numbers, found)
			}
		}
		if mask {
			*text = vault.WithoutNumbers(*text, today)
		}
	}
	look("标题", "the title", &v.Title)
	v.Said, v.Files = slices.Clone(v.Said), slices.Clone(v.Files)
	said := func(list []Said) {
		for i := range list {
			look(list[i].Title, list[i].En, &list[i].Text)
		}
	}
	files := func(list []matter.File) {
		for i := range list {
			look("附件的名称", "the name of an attachment", &list[i].Name)
		}
	}
	said(v.Said)
	files(v.Files)
	all := mask
	for i := range v.Timeline {
		s := &v.Timeline[i]
		if mask = all; who.Kind == actor.Citizen {
			own := slices.Contains(who.Persons(), s.actor) || s.Action == "open" && !all || who.Person == "" && !all
			mask = s.Citizen && !own
		}
		s.Said, s.Files = slices.Clone(s.Said), slices.Clone(s.Files)
		said(s.Said)
		files(s.Files)
	}
	mask = all
	for i := range v.Notes {
		look("内部备注", "an internal note", &v.Notes[i].Text)
	}
	for i := range v.Links { // other matters, in which the reader may have no part
		v.Links[i].Title = d.bare(v.Links[i].Title)
	}
}

// title is what a matter is called in lists, on boards and in calendars, where one look shows many: without numbers for
// everybody.
func (d *Desk) title(m *matter.Matter) string { return d.bare(m.Fields["title"]) }

// published is what a matter of a public procedure says on a page for everybody. A telephone that the rule itself asks a
// body to make public stays readable.
func (d *Desk) published(m *matter.Matter) map[string]string {
	said := maps.Clone(m.Fields)
	for field, text := range said {
		if field != "phone" {
			said[field] = d.bare(text)
		}
	}
	return said
}
